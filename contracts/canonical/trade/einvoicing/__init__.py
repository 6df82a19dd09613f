"""Electronic invoices by EN 16931: what keeps a posted document from being one, and the invoice it makes.

Pure: no I/O, no clock, no chance. `kit.einvoice` writes what is made here.
"""

from contracts.canonical.trade.einvoicing.actuals import exemptions_of, period_of
from contracts.canonical.trade.einvoicing.faults import faults_of
from contracts.canonical.trade.einvoicing.mapping import e_invoice

__all__ = ["e_invoice", "exemptions_of", "faults_of", "period_of"]
