"""Objects of two organisations, made the way people make them: through the door, on a story told to its end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
from msgspec.structs import replace

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.casework import ApprovalState, ExceptionState
from contracts.canonical.master import Kind as Noun
from contracts.canonical.reconciliation import BreakState
from contracts.canonical.webhooks import EventType
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.problem import Kind, Problem
from contracts.process.casework import Delegate
from contracts.process.master_data import MasterData, Propose, Submit
from contracts.process.reconciliation import Reconciliation, StartReconciliation
from contracts.process.webhooks import AddEndpoint, Webhooks
from kit.cli.demo.play import Cast, tell
from kit.issuer import RIVAL
from tests.authz.ground import Ground
from tests.journeys import by_hand
from tests.journeys.test_client_portal import Stage, agreed, billed, billing, until, worked
from tests.system_apis.workday.tenant import NAME

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


async def seeded(ground: Ground) -> dict[str, str]:
    """One object of every kind for the customer of the story, and some for its rival."""
    told = await tell(ground.landscape, watch=lambda case, acts: None)
    cast = Cast(ground.landscape)
    try:
        deal, case = told.journey.opportunity_id, told.case.summary.case_id
        project = f"prj-{deal}"
        agreement = await agreed(cast, project, deal)
        await billing(cast).agree(project_id="prj-rival", body=_rivals(agreement))
        await worked(cast, project)
        stage = Stage(
            ground.landscape, cast, project, [each.milestone_id for each in agreement.milestones], ground.door
        )
        await billed(stage)
        ids = {"deal": deal, "case": case, "project": project, "rival project": "prj-rival", "invoice": stage.invoice}
        ids |= {"milestone": stage.milestones[0], "line": f"{stage.invoice}-1", "staffing": f"stf-{deal}-1"}
        ids |= {"customer": "cus-001J50000000002IAA", "schedule": f"bsc-{deal}", "entity": "SG-DE"}
        await _away(cast)
        ids |= await _at_the_tower(cast, case) | await _asked(stage) | await _told_of(cast)
        return ids | await _mastered(cast) | await _reconciled(cast, stage.invoice)
    finally:
        await cast.close()


def _rivals(agreement: BillingAgreement) -> BillingAgreement:
    """The last line of an agreement, as another customer has it."""
    own = replace(agreement, project_id="prj-rival", contract_id="ctr-rival", customer_id=RIVAL[0], opportunity_id="")
    lines = [replace(agreement.lines[-1], line_id="agl-rival")]
    return replace(own, lines=lines, caps=[], milestones=[], fees=[], retainers=[], subscriptions=[], expenses=[])


async def _at_the_tower(cast: Cast, case_id: str) -> dict[str, str]:
    """What the story left behind: an exception of the tax desk and an approval of it; and a delegation."""
    tara = cast.of("tara.tax")
    tower = tara.at(ControlTower, "/experience/control_tower")
    desk = tara.at(Approvals, "/experience/approvals")
    begins = dt.datetime.now(dt.UTC)
    lent = Delegate(
        to="lena.lead", roles=["tax"], starts_at=begins, ends_at=begins + dt.timedelta(days=1), reason="away"
    )
    (exception,) = (await tower.exceptions(state=ExceptionState.FIXED, case_id=case_id)).items
    (approval,) = [each for each in (await desk.queue(state=ApprovalState.APPROVED)).items if each.case_id == case_id]
    delegation = await desk.delegate(body=lent, idempotency_key="lent")
    return {
        "exception": exception.exception_id,
        "approval": approval.approval_id,
        "delegation": delegation.delegation_id,
    }


async def _asked(stage: Stage) -> dict[str, str]:
    """What the client has asked: a dispute and a change."""
    dispute = await stage.ask(
        "colin.client",
        "POST",
        f"/invoices/{stage.invoice}/disputes",
        {"reason": "a holiday", "amount": "1.00"},
        key="d",
    )
    change = await stage.ask(
        "celine.client",
        "POST",
        f"/engagements/{stage.project}/change-requests",
        {"title": "More", "text": "A second site"},
        key="c",
    )
    return {"dispute": dispute.json()["dispute_id"], "change": change.json()["request_id"]}


async def _mastered(cast: Cast) -> dict[str, str]:
    """Master data with a change that waits and a suspected duplicate."""
    admin = cast.of("platform-admin")
    master = admin.at(MasterData, "/process/master_data")
    suspects: list[str] = []
    for our_id, name in (("cus-a", "Acme GmbH"), ("cus-b", "ACME")):
        body = Submit(connection="crm-emea", changed_at=NOW, fields={"name": name, "tax.tax_code": "DE-S-19"})
        suspects = (await master.submit(noun=Noun.CUSTOMER, our_id=our_id, body=body)).suspect_ids
    wish = Propose(
        connection="erp-main",
        noun=Noun.CUSTOMER,
        our_id="cus-a",
        field="tax.tax_code",
        old=None,
        new="EU-RC",
        changed_at=NOW,
    )
    change = await master.propose(body=wish, idempotency_key="wish")
    return {"record": "cus-a", "suspect": suspects[0], "master change": change.change_id}


async def _reconciled(cast: Cast, invoice: str) -> dict[str, str]:
    """A run that finds what somebody changed at the ERP's own screen."""
    async with _screen(cast, "erp-main") as screen:
        await by_hand.raised(screen, invoice, by="100.00")
    process = cast.of("platform-admin").at(Reconciliation, "/process/reconciliation")
    asked = StartReconciliation(run_id="run-authz", as_of=dt.datetime.now(dt.UTC).date() + dt.timedelta(days=900))
    await process.start(body=asked, idempotency_key="run-authz")

    async def broken() -> Any:
        try:
            await process.run(run_id="run-authz")
        except Problem as problem:
            assert Kind.NOT_FOUND is problem.kind  # noqa: PT017 - it has not begun yet; anything else is a failure
            return None
        found = [
            each
            for state in (BreakState.OPEN, BreakState.IN_FLIGHT)
            for each in (await process.breaks(state=state)).items
        ]
        return found[0] if found else None

    return {"run": "run-authz", "break": (await until(broken)).break_id}


async def _away(cast: Cast) -> None:
    """Somebody is away, which not everybody may know."""
    row = {"employee_id": "21002", "from": "2026-12-07", "quantity": "8", "type": "Vacation"}
    async with _screen(cast, "hr-main") as screen:
        answer = await screen.post(f"/{NAME}/d/task/request_time_off", json=row)
        assert 200 == answer.status_code, answer.text


def _screen(cast: Cast, connection: str) -> httpx.AsyncClient:
    """A person at a vendor's own screen."""
    url, headers = cast.landscape.vendors[connection], cast.landscape.persons[connection]
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False)


async def _told_of(cast: Cast) -> dict[str, str]:
    """Two partners' endpoints with a message each."""
    found: dict[str, str] = {}
    for partner, name in (("partner-demo", ""), ("partner-rival", "rival ")):
        webhooks = cast.of(partner).at(Webhooks, "/process/webhooks")
        body = AddEndpoint(url="http://127.0.0.1:9/hook", event_types=[EventType.INVOICE_POSTED])
        made = await webhooks.add_endpoint(body=body, idempotency_key="add")
        ping = await webhooks.ping(endpoint_id=made.endpoint.endpoint_id, idempotency_key="ping")
        found |= {f"{name}endpoint": made.endpoint.endpoint_id, f"{name}message": ping.message_id}
    return found
