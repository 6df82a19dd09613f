"""What became of one shape of deal: ids in every system, and sums that tie currency by currency or do not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import Struct

from contracts.canonical.casework import CaseFile, CaseState, Cause
from contracts.canonical.money import total
from contracts.problem import Kind, Problem
from contracts.process.quote_to_project import QuoteToProject, QuoteToProjectStanding
from kit.cli.demo.play import Cast
from kit.tier.documents import contract_of


class Tie(Struct, frozen=True, kw_only=True):
    """What was sold and what will be billed in one currency, by the CRM's books and by the ERP's, in major units."""

    currency: str
    sold: Decimal
    billed: Decimal

    @property
    def ties(self) -> bool:
        """Whether they are the same to the smallest unit."""
        return self.sold == self.billed


class PartIds(Struct, frozen=True, kw_only=True):
    """What the systems call one seller's part."""

    legal_entity_id: str
    currency: str
    erp_project_id: str
    psa_project_id: str
    erp_schedule_id: str
    lines: int


class Shape(Struct, frozen=True, kw_only=True):
    """The result of one shape; `engine_s` is our own share of `elapsed_s`."""

    story: str
    outcome: str
    cases: list[str]
    customers: list[str]
    parts: list[PartIds]
    totals: list[Tie]
    exceptions: list[str]
    approvals: int
    crm_status: str
    elapsed_s: float
    engine_s: float
    ties: bool


async def outcome_of(cast: Cast, name: str, cases: list[CaseFile], *, codes: list[str], elapsed_s: float) -> Shape:
    """Read everything again where it is kept: the deals in the CRM, the schedules in the ERP."""
    reversed_ = {case.facts["reverses"] for case in cases if "reverses" in case.facts}
    forward = [case for case in cases if "reverses" not in case.facts]
    reader = _Reader(cast)
    standings = [await reader.standing(case.summary.case_id) for case in forward]
    live = [each for each in standings if each.case_id not in reversed_]
    ties = await reader.ties(live)
    alive = {each.opportunity_id for each in live}
    gone = [
        await reader.gone(each, anew=each.opportunity_id in alive) for each in standings if each.case_id in reversed_
    ]
    ended = all(case.summary.state is CaseState.COMPLETED for case in cases)
    status = await reader.status((live or standings)[-1].opportunity_id)
    return Shape(
        story=name,
        outcome="reversed" if not live else "provisioned" if ended else "unfinished",
        cases=[case.summary.case_id for case in cases],
        customers=sorted({each.customer_erp_id for each in standings if each.customer_erp_id}),
        parts=_parts(live or standings),
        totals=ties,
        exceptions=codes,
        approvals=sum(wait.cause is Cause.WAITING_APPROVAL for case in cases for wait in case.waits),
        crm_status=status,
        elapsed_s=round(elapsed_s, 3),
        engine_s=round(sum(float(case.facts.get("engine_s", "0")) for case in cases), 3),
        ties=ended and all(tie.ties for tie in ties) and all(gone) and status == ("ready" if live else "cancelled"),
    )


def _parts(standings: list[QuoteToProjectStanding]) -> list[PartIds]:
    return [
        PartIds(
            legal_entity_id=part.legal_entity_id,
            currency=part.currency,
            erp_project_id=part.erp_project_id,
            psa_project_id=part.psa_project_id,
            erp_schedule_id=part.erp_schedule_id,
            lines=part.lines,
        )
        for each in standings
        for part in each.parts
    ]


class _Reader:
    """Reads as the platform's administrator, through the gateway."""

    def __init__(self, cast: Cast) -> None:
        estate, admin = cast.landscape.estate, cast.of("platform-admin")
        served = estate.facts["process_apis"]["quote_to_project"]["connections"]
        self._process = admin.at(QuoteToProject, "/process/quote_to_project")
        self._crm: Any = admin.at(contract_of("system", "crm"), f"/system/{served['crm']}/crm")
        self._erp: Any = admin.at(contract_of("system", "erp"), f"/system/{served['erp']}/erp")

    async def standing(self, case_id: str) -> QuoteToProjectStanding:
        """What a case has become."""
        return await self._process.standing(case_id=case_id)

    async def status(self, opportunity_id: str) -> str:
        """What sales reads on the deal."""
        return str((await self._crm.delivery(opportunity_id=opportunity_id)).state)

    async def ties(self, standings: list[QuoteToProjectStanding]) -> list[Tie]:
        """What the CRM says was sold beside what the ERP will bill, for each currency."""
        lines, booked = [], []
        for each in standings:
            deal = await self._crm.opportunity(opportunity_id=each.opportunity_id)
            lines += [line.amount for line in deal.lines]
            receipts = [await self._erp.billing_schedule(schedule_id=part.schedule_id) for part in each.parts]
            booked += [receipt.total for receipt in receipts]
        sold, billed = total(lines), total(booked)
        return [
            Tie(currency=currency, sold=sold.get(currency, Decimal(0)), billed=billed.get(currency, Decimal(0)))
            for currency in sorted({*sold, *billed})
        ]

    async def gone(self, standing: QuoteToProjectStanding, *, anew: bool) -> bool:
        """Whether nothing of a reversed deal is left to be billed; a deal won anew has its schedules back."""
        for part in standing.parts:
            try:
                receipt = await self._erp.billing_schedule(schedule_id=part.schedule_id)
            except Problem as problem:
                if problem.kind is not Kind.NOT_FOUND:
                    raise
                continue
            if not anew and receipt.billed != receipt.total:
                return False
        return True
