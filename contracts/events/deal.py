"""Facts about deals and what becomes of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from msgspec import field

from contracts.canonical.field import Noun
from contracts.canonical.money import Money


class DealWon(Noun, frozen=True, kw_only=True):
    """An opportunity was closed as won in a CRM."""

    TYPE: ClassVar[str] = "sluice.deal.won.v1"
    opportunity_id: str
    connection: str
    won_at: dt.datetime


class ProjectProvisioned(Noun, frozen=True, kw_only=True):
    """A won deal stands in every system as a billable project."""

    TYPE: ClassVar[str] = "sluice.project.provisioned.v1"
    case_id: str
    opportunity_id: str
    project_id: str
    erp_customer_id: str
    erp_project_id: str
    psa_project_id: str
    contract_value: Money
    project_ids: list[str] = field(default_factory=list)
    values: list[Money] = field(default_factory=list)


class StaffingRequested(Noun, frozen=True, kw_only=True):
    """People were asked for; staffing may begin. `hours` is their planned effort in all."""

    TYPE: ClassVar[str] = "sluice.staffing.requested.v1"
    opportunity_id: str
    project_id: str
    request_ids: list[str]
    hours: Decimal


class DealWithdrawn(Noun, frozen=True, kw_only=True):
    """A deal that had been won is open again or lost."""

    TYPE: ClassVar[str] = "sluice.deal.withdrawn.v1"
    opportunity_id: str
    connection: str
    withdrawn_at: dt.datetime


class ProvisioningReversed(Noun, frozen=True, kw_only=True):
    """What stood for a deal was taken back; `credited` is what had been invoiced, by currency."""

    TYPE: ClassVar[str] = "sluice.project.reversed.v1"
    case_id: str
    opportunity_id: str
    project_ids: list[str]
    credited: list[Money]
