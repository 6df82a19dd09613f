"""What the demonstration found: one deal, its case, its records in every system, and totals that tie or do not."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from contracts.canonical.casework import CaseFile


class ErpIds(Struct, frozen=True, kw_only=True):
    """What the ERP calls it."""

    erp_id: str


class ProjectIds(Struct, frozen=True, kw_only=True):
    """What the ERP and the PSA call the project."""

    erp_id: str
    psa_id: str


class Totals(Struct, frozen=True, kw_only=True):
    """The billing schedule by the ERP's own books. `total` is a decimal in major units."""

    lines: int
    total: Decimal
    currency: str


class Journey(Struct, frozen=True, kw_only=True):
    """The result of one story; `elapsed_s` is wall time, `engine_s` our own share of it."""

    estate: str
    opportunity_id: str
    case_id: str
    customer: ErpIds
    project: ProjectIds
    billing_schedule: Totals
    contract_value: Totals
    approvals: int
    exceptions: int
    crm_status: str
    trace_id: str
    elapsed_s: float
    engine_s: float

    @property
    def ties(self) -> bool:
        """Whether what will be billed is what was sold, to the cent, in the same currency."""
        billed, sold = self.billing_schedule, self.contract_value
        return (billed.total, billed.currency) == (sold.total, sold.currency)


class Told(Struct, frozen=True, kw_only=True):
    """The journey together with the case it is drawn from."""

    journey: Journey
    case: CaseFile
    acts: list[str]
