"""Facts about deals and what becomes of them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

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
