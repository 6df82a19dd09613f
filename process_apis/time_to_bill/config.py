"""What the process may be told; which connection serves crm, erp, psa and tax stands in the room's `connections`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from contracts.canonical.actuals import TaxDecision
from contracts.canonical.einvoice import Issuer
from contracts.canonical.money import Money
from contracts.canonical.trade.ledger.periods import AccountingPolicy

Positive = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of time to bill."""

    feed: bool = True
    """Whether the worker follows approved time and booked documents; without it batches are sent by hand."""
    poll_s: Positive = 30.0
    """Seconds between two looks at the changes of a system."""
    poll_most_s: Positive = 600.0
    """Seconds to which the pause grows while a system does not answer."""
    page: Annotated[int, Meta(ge=1, le=500)] = 200
    """Changes asked for at once."""
    accounting: AccountingPolicy = AccountingPolicy.WORK_DATE
    """Which day of an entry is the day of the books."""
    approve_from: tuple[Money, ...] = ()
    """Gross amounts, one a currency, from which an invoice is approved before it is posted; in a currency that is
    not named every invoice is."""
    approval_due_h: Positive = 48.0
    """Hours a role has to decide on an invoice or a correction."""
    tax_codes: dict[str, TaxDecision] = field(default_factory=dict)
    """What the ERP's tax codes mean: category, per cent and the words that an invoice must have. A proposal for whoever
    decides on tax, never advice."""
    issuers: dict[str, Issuer] = field(default_factory=dict)
    """What each company says of itself on electronic invoices, by legal entity; one that is not named issues none."""
    tax_service_codes: dict[str, str] = field(default_factory=dict)
    """What each company sells, as the tax engine classifies it, by legal entity. The engine is asked about invoices of
    those that are named, where the estate connects the role tax; an issuer says where they sell from."""
    staff_roles: tuple[str, ...] = ("operations", "finance", "platform")
    """Roles within the firm that see what every client sees; others see what is billed to their organisations."""
    accepting_roles: tuple[str, ...] = ("client_sponsor",)
    """Roles of a client's people that accept and decline milestones."""
    disputing_roles: tuple[str, ...] = ("client_sponsor", "client_finance")
    """Roles of a client's people that dispute invoices."""
    longest_day_h: Annotated[float, Meta(gt=0, le=24)] = 24.0
    """Most hours that one entry may state for one day."""
