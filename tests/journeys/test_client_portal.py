"""A client through the door: accepts a milestone, reads its bill, disputes a line; another client sees none of it."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from contracts.canonical.actuals import CapLevel, CapPolicy, CapTerm, CapUnit, TaxDecision
from contracts.canonical.agreements import AgreementLine, BillingAgreement
from contracts.canonical.casework import CaseState
from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import TaxCategory
from contracts.canonical.pricing import PriceList, RateRow
from contracts.canonical.timesheets import TimeEntry
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.experience.portals import Portals
from contracts.port import Operation, operations
from contracts.process.casework import Decide, Fix
from contracts.process.change_requests import ChangeRequests
from contracts.process.client_billing import ClientBilling
from contracts.process.time_to_bill import StartInvoice, StartTimeIntake, TimeToBill
from experience_apis.portals.access import OPERATIONS
from kit.cli.demo.play import Cast, tell
from kit.cli.demo.shapes import act
from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.cli.landscape import Landscape

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
AT = "/experience/portals"
RC = TaxDecision(category=TaxCategory.REVERSE_CHARGE, percent=Decimal(0), tax_code="EU-RC", legal_text="Reverse charge")
T = TypeVar("T")


@dataclass
class Stage:
    """What the tests share: the landscape, the project and what was made on it."""

    landscape: Landscape
    cast: Cast
    project: str
    milestones: list[str]
    door: httpx.AsyncClient
    invoice: str = "inv-portal-1"

    async def ask(self, person: str, method: str, path: str, body: Any = None, *, key: str = "k") -> httpx.Response:
        """Ask the door, at the portal unless the path says where."""
        at = path if path.startswith("/process") else AT + path
        headers = {"Authorization": f"Bearer {self.landscape.people[person]}"}
        if method == "POST":
            headers["Idempotency-Key"] = key
        return await self.door.request(method, at, headers=headers, json=body)

    async def read(self, person: str, path: str) -> Any:
        """An answer that must be given."""
        answer = await self.ask(person, "GET", path)
        assert 200 == answer.status_code, answer.text
        return answer.json()


async def until(look: Callable[[], Awaitable[T | None]], *, within_s: float = 60) -> T:
    """What is there in the end."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come in time")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Estate atlantic with the project of the main story, its bills agreed and two days of work booked."""
    async with embedded(estate("atlantic")) as landscape:
        told = await tell(landscape, watch=lambda case, acts: None)
        cast = Cast(landscape)
        project = f"prj-{told.journey.opportunity_id}"
        agreement = await agreed(cast, project, told.journey.opportunity_id)
        await worked(cast, project)
        points = [each.milestone_id for each in agreement.milestones]
        async with httpx.AsyncClient(base_url=landscape.addresses["gateway"], timeout=30, trust_env=False) as door:
            yield Stage(landscape, cast, project, points, door)
        await cast.close()


def billing(cast: Cast) -> TimeToBill:
    """Whoever bills."""
    return cast.of("platform-admin").at(TimeToBill, "/process/time_to_bill")


async def agreed(cast: Cast, project: str, deal: str) -> BillingAgreement:
    """What finance keeps: the deal's lines taxed, and a capped line by the hour besides."""
    drawn = await billing(cast).propose(project_id=project, opportunity_id=deal, legal_entity_id="SG-DE")
    lines = [replace(line, tax=RC, phase_ids=[f"phs-{n}"]) for n, line in enumerate(drawn.lines, start=1)]
    support = AgreementLine(line_id="agl-support", name="Support", method=BillingMethod.TIME_AND_MATERIALS, tax=RC)
    cap = CapTerm(
        cap_id="cap-support",
        level=CapLevel.LINE,
        unit=CapUnit.AMOUNT,
        limit=Decimal(5000),
        policy=CapPolicy.WARN,
        contract_id=drawn.contract_id,
        line_id="agl-support",
    )
    first = dt.date(2026, 1, 1)
    sells, costs = (
        PriceList(
            list_id=name,
            name=name,
            currency="EUR",
            starts_on=first,
            rows=[RateRow(row_id=f"{name}-1", rate=Decimal(rate), starts_on=first, role="Engineer")],
        )
        for name, rate in (("sell", "150"), ("cost", "70"))
    )
    wanted = replace(
        drawn, starts_on=first, lines=[*lines, support], caps=[cap], price_lists=[sells], cost_lists=[costs]
    )
    return (await billing(cast).agree(project_id=project, body=wanted)).agreement


async def worked(cast: Cast, project: str) -> None:
    """Two days of an engineer, approved elsewhere than in the PSA, which is not told what became of them."""
    entries = [
        TimeEntry(
            entry_id=f"te-{day}",
            version=1,
            approved=True,
            project_id=project,
            person_id="p-100",
            worked_on=dt.date(2026, 11, day),
            hours=Decimal(8),
            billable_hours=Decimal(8),
            role="Engineer",
        )
        for day in (23, 24)
    ]
    body = StartTimeIntake(batch_id="batch-portal", project_id=project, system="desk-main", entries=entries)
    begun = await billing(cast).book(body=body, idempotency_key="batch-portal")
    await carried(cast, begun.case_id)


async def carried(cast: Cast, case_id: str) -> None:
    """A case to its end; people decide on the way."""

    async def closed() -> bool | None:
        case = await cast.tower.case(case_id=case_id)
        if case.summary.state is CaseState.COMPLETED:
            return True
        await act(cast, case, answers={}, codes=[])
        return None

    await until(closed)


@pytest.mark.req(210, 217)
async def test_a_client_finds_its_engagement_with_its_contract_and_its_people(stage: Stage) -> None:
    """One engagement, its paper, who works on it and for what it was sold; the customer's id stays inside."""
    found = await stage.read("clara.client", "/engagements")
    paper = await stage.read("clara.client", f"/engagements/{stage.project}")
    team = await stage.read("clara.client", f"/engagements/{stage.project}/people")

    assert [stage.project] == [each["project_id"] for each in found["items"]]
    assert {"amount": "1420000.00", "currency": "EUR"} == paper["card"]["value"]
    assert "SOW-2026-0117" == paper["order_reference"]
    assert [("p-100", "Engineer")] == [(each["person"], each["role"]) for each in team["people"]]
    assert "Service Manager" in {each["role"] for each in team["roles"]}
    assert "cus-" not in str(found) + str(paper) + str(team)


@pytest.mark.req(210, 215)
async def test_consumption_is_told_at_billing_rates_and_hours_alone_to_who_sees_no_money(stage: Stage) -> None:
    """16 hours at 150 of a cap of 5,000; the project lead sees the hours; nobody sees what an hour costs."""
    path = f"/engagements/{stage.project}/consumption"
    whole, hours = await stage.read("clara.client", path), await stage.read("celine.client", path)
    account = await stage.read("anton.account", path)
    (cap,), (work,) = whole["caps"], whole["work"]

    assert ("2400.00", "2600.00") == (cap["used"]["amount"], cap["remaining"]["amount"])
    assert ("Engineer", "16", "2400.00") == (work["role"], work["hours"].split(".")[0], work["amount"]["amount"])
    assert whole == account
    assert "16" == hours["work"][0]["hours"].split(".")[0]
    assert "'amount': '" not in str(hours)
    assert "1120" not in str(whole)


@pytest.mark.req(175, 176, 210)
async def test_a_milestone_is_declined_answered_accepted_and_billed(stage: Stage) -> None:
    """Only the sponsor decides; delivery answers; once accepted it is the client's word, and the invoice follows."""
    point, other = stage.milestones[0], stage.milestones[1]
    at = f"/engagements/{stage.project}/milestones"
    refused = await stage.ask("colin.client", "PUT", f"{at}/{point}/acceptance", {})
    declined = await stage.ask("clara.client", "POST", f"{at}/{other}/declines", {"reason": "the runbooks are missing"})
    again = await stage.ask("clara.client", "POST", f"{at}/{other}/declines", {"reason": "the runbooks are missing"})
    changed = await stage.ask("clara.client", "POST", f"{at}/{other}/declines", {"reason": "something else"})
    await answer(stage, "MILESTONE_DECLINED", "olivia.ops", answer="they are in the folder now")
    accepted = await stage.ask("clara.client", "PUT", f"{at}/{point}/acceptance", {"document": "ACC-1"})
    repeated = await stage.ask("clara.client", "PUT", f"{at}/{point}/acceptance", {"document": "ACC-1"})
    await billed(stage)
    listed = {each["milestone_id"]: each for each in (await stage.read("clara.client", at))["items"]}

    assert 403 == refused.status_code
    assert ("declined", declined.json()) == (declined.json()["state"], again.json())
    assert changed.status_code in {409, 422}
    assert (200, "accepted", "clara.client") == (
        accepted.status_code,
        accepted.json()["state"],
        accepted.json()["accepted_by"],
    )
    assert accepted.json() == repeated.json()
    assert ("billed", "ACC-1", "2027-01-08") == tuple(listed[point][name] for name in ("state", "document", "due_on"))
    assert ("open", "they are in the folder now") == (listed[other]["state"], listed[other]["declined"]["answer"])


async def answer(stage: Stage, code: str, person: str, **values: str) -> None:
    """Somebody of the firm answers an exception at the control tower."""
    tower = stage.cast.of(person).at(ControlTower, "/experience/control_tower")

    async def waiting() -> str | None:
        found = (await tower.exceptions(code=code)).items
        return found[0].exception_id if found else None

    exception_id = await until(waiting)
    await tower.fix(exception_id=exception_id, body=Fix(values=values), idempotency_key=exception_id)


async def billed(stage: Stage) -> None:
    """Finance bills what is ready."""
    today = dt.datetime.now(dt.UTC).date()
    body = StartInvoice(
        invoice_id=stage.invoice, project_id=stage.project, through=today, issued_on=today, treatment="AE"
    )
    begun = await billing(stage.cast).bill(body=body, idempotency_key=stage.invoice)
    await carried(stage.cast, begun.case_id)


@pytest.mark.req(210, 215)
async def test_the_invoice_is_read_with_its_reasons_its_xml_and_what_is_open(stage: Stage) -> None:
    """Milestone and work on one document; each line is explained; nothing is paid yet."""
    (listed,) = (await stage.read("colin.client", "/invoices"))["items"]
    bill = await stage.read("colin.client", f"/invoices/{stage.invoice}")
    explained = await stage.read("colin.client", f"/invoices/{stage.invoice}/explanation")
    line = bill["lines"][0]["line_id"]
    one = await stage.read("colin.client", f"/invoices/{stage.invoice}/lines/{line}/explanation")
    electronic = await stage.read("colin.client", f"/invoices/{stage.invoice}/electronic")
    payments = await stage.read("colin.client", f"/engagements/{stage.project}/payments")
    overview = await stage.read("anton.account", f"/engagements/{stage.project}/billing")
    health = await stage.read("celine.client", f"/engagements/{stage.project}/health")

    assert listed == bill["summary"]
    assert "50400.00" == listed["net"]["amount"] == overview["billed"]["amount"]
    assert {each["line_id"] for each in bill["lines"]} == {each["line_id"] for each in explained["lines"]}
    assert one in explained["lines"]
    assert "Milestone" in str(explained)
    assert "Engineer" in str(explained)
    assert "urn:cen.eu:en16931:2017" in electronic["xml"]
    assert ("posted", "50400.00") == (bill["payment"]["state"], payments["open"]["amount"])
    assert "50400.00" == overview["open"]["amount"]
    assert ("green", []) == (health["light"], health["reasons"])


@pytest.mark.req(210, 286)
async def test_a_disputed_line_waits_for_finance_and_the_answer_is_read(stage: Stage) -> None:
    """Once for a key, once for a line; finance answers at the control tower; then it cannot be withdrawn."""
    at = f"/invoices/{stage.invoice}/disputes"
    line = (await stage.read("colin.client", f"/invoices/{stage.invoice}"))["lines"][0]["line_id"]
    body = {"reason": "that day was a holiday", "amount": "600.00", "line_id": line}
    raised = await stage.ask("colin.client", "POST", at, body, key="d1")
    again = await stage.ask("colin.client", "POST", at, body, key="d1")
    twice = await stage.ask("clara.client", "POST", at, body, key="d2")
    wild = await stage.ask("clara.client", "POST", at, {**body, "line_id": "", "amount": "50400.01"}, key="d3")
    await answer(stage, "INVOICE_DISPUTED", "felix.finance", outcome="rejected", answer="it was none in Hamburg")
    found = await stage.read("clara.client", f"/disputes/{raised.json()['dispute_id']}")
    late = await stage.ask("colin.client", "POST", f"/disputes/{found['dispute_id']}/withdrawal", key="d4")

    assert (200, "open") == (raised.status_code, raised.json()["state"])
    assert raised.json()["dispute_id"] == again.json()["dispute_id"]
    assert (409, "already_disputed") == (twice.status_code, twice.json()["code"])
    assert (422, "/amount") == (wild.status_code, wild.json()["errors"][0]["pointer"])
    assert ("rejected", "it was none in Hamburg") == (found["state"], found["answer"])
    assert (409, "dispute_answered") == (late.status_code, late.json()["code"])
    assert [found] == (await stage.read("anton.account", f"/disputes?invoice_id={stage.invoice}"))["items"]


@pytest.mark.req(133, 210)
async def test_a_change_request_is_decided_by_delivery_and_read_by_who_asked(stage: Stage) -> None:
    """Delivery approves in its own queue; a second request is withdrawn before anybody decided."""
    at = f"/engagements/{stage.project}/change-requests"
    body = {"title": "A second site", "text": "The depot in Lyon as well", "budget": "20000.00"}
    asked = await stage.ask("celine.client", "POST", at, body, key="c1")
    other = await stage.ask("celine.client", "POST", at, {"title": "Later", "text": "Start in May"}, key="c2")
    gone = await stage.ask(
        "celine.client", "POST", f"/change-requests/{other.json()['request_id']}/withdrawal", key="c3"
    )
    desk = stage.cast.of("dora.delivery").at(Approvals, "/experience/approvals")

    async def card() -> Any:
        waiting = [each for each in (await desk.queue()).items if each.subject.endswith("A second site")]
        return waiting[0] if waiting else None

    waiting = await until(card)
    decision = Decide(approve=True, comment="We will send a change order.")
    await desk.decide(
        approval_id=waiting.approval_id, body=decision, if_match=waiting.etag, idempotency_key="decide-c1"
    )

    async def decided() -> Any:
        found = await stage.read("clara.client", f"/change-requests/{asked.json()['request_id']}")
        return found if found["state"] != "open" else None

    found = await until(decided)
    assert ("approved", "We will send a change order.") == (found["state"], found["answer"])
    assert (200, "withdrawn") == (gone.status_code, gone.json()["state"])
    listed = (await stage.read("clara.client", f"/change-requests?project_id={stage.project}"))["items"]
    assert ["withdrawn", "approved"] == [each["state"] for each in listed]


BODIES: dict[str, Any] = {
    "accept": {},
    "decline": {"reason": "not mine"},
    "dispute": {"reason": "not mine", "amount": "1.00"},
    "ask_change": {"title": "Mine", "text": "Not mine"},
    "ask": {"title": "Mine", "text": "Not mine"},
}


async def attempts(stage: Stage, person: str, contract: type, at: str) -> dict[str, httpx.Response]:
    """Every operation of a contract, asked about what the client's own tests have made."""
    disputes = (await stage.read("clara.client", "/disputes"))["items"]
    changes = (await stage.read("clara.client", "/change-requests"))["items"]
    names = {
        "project_id": stage.project,
        "milestone_id": stage.milestones[0],
        "invoice_id": stage.invoice,
        "line_id": f"{stage.invoice}-1",
        "dispute_id": disputes[0]["dispute_id"],
        "request_id": changes[0]["request_id"],
    }

    async def one(operation: Operation) -> httpx.Response:
        path = operation.endpoint.path.format(**names)
        return await stage.ask(
            person, operation.endpoint.method, at + path, BODIES.get(operation.name), key=f"{person}-{operation.name}"
        )

    return {each.name: await one(each) for each in operations(contract)}


@pytest.mark.req(210, 300)
@pytest.mark.parametrize(
    ("contract", "at"),
    [(Portals, ""), (ClientBilling, "/process/client_billing"), (ChangeRequests, "/process/change_requests")],
)
async def test_another_organisation_sees_none_of_it_by_any_operation(stage: Stage, contract: type, at: str) -> None:
    """Lists are empty; everything with an id is 404, at the portal and at the processes behind it."""
    for name, answer_ in (await attempts(stage, "rita.rival", contract, at)).items():
        if answer_.status_code == 200:
            assert ([], None) == (answer_.json()["items"], answer_.json().get("next_cursor")), name
        else:
            assert 404 == answer_.status_code, f"{name}: {answer_.text}"


@pytest.mark.req(210, 291)
@pytest.mark.parametrize("person", ["celine.client", "colin.client", "anton.account", "sam.sales"])
async def test_what_a_role_may_not_ask_is_refused_at_the_door_or_behind_it(stage: Stage, person: str) -> None:
    """The table beside the room says who may; no refusal depends on what there is."""
    roles = {
        "celine.client": "client_project",
        "colin.client": "client_finance",
        "anton.account": "account_team",
        "sam.sales": "sales",
    }
    answers = await attempts(stage, person, Portals, "")
    refused = {name for name, each in answers.items() if each.status_code == 403}

    assert {name for name, may in OPERATIONS.items() if roles[person] not in may} == refused
