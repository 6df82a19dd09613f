"""The partner room: asks engagements, says it in the words of partners, holds nothing."""

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.canonical.deal import BillingMethod
from contracts.canonical.invoices import InvoiceKind
from contracts.canonical.money import Money
from contracts.experience.partners import Acknowledge, Partners, ProjectState, RequestState
from contracts.port import operations
from contracts.process import engagements as below
from contracts.process.webhooks import Webhooks
from experience_apis import partners
from experience_apis.partners import views
from experience_apis.partners.service import PartnersService
from kit.caller import Caller, calling
from kit.ports.shape import shapes

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
VALUE = Money(amount=Decimal("300.00"), currency="EUR")
SUMMARY = below.EngagementSummary(
    project_id="prj-a",
    name="A",
    customer_id="cus-1",
    state=below.EngagementState.WAITING,
    value=VALUE,
    changed_at=NOW,
)
INVOICE = below.ProjectInvoice(
    invoice_id="inv-1",
    number="INV-1",
    kind=InvoiceKind.INVOICE,
    customer_id="cus-1",
    posted_on=NOW.date(),
    net=VALUE,
    tax=VALUE,
    gross=VALUE,
)
DEMAND = below.StaffingDemand(
    request_id="stf-a-1",
    role="Engineer",
    country="DE",
    hours=Decimal(80),
    starts_on=dt.date(2027, 1, 4),
    ends_on=dt.date(2027, 2, 28),
    acknowledged=below.Acknowledged(at=NOW, by="acme", note="for the delivery owner only"),
)


class Engagements:
    """Answers from memory and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        answers = {
            "projects": below.EngagementPage(items=[SUMMARY], next_cursor="c"),
            "staffing": below.StaffingDemands(items=[DEMAND]),
            "acknowledge": DEMAND,
            "invoices": below.ProjectInvoicePage(items=[INVOICE]),
            "posted": below.ProjectInvoicePage(items=[INVOICE]),
        }

        async def answer(**asked: Any) -> Any:
            self.asked.append((name, asked))
            return answers[name]

        return answer


def test_the_manifest_says_what_the_contract_asks() -> None:
    """Scopes and needs can be read without running anything, and the process below asks for no other scope."""
    manifest = tomllib.loads((Path(str(partners.__file__)).parent / "experience.toml").read_text())
    scopes = {operation.endpoint.scope for operation in operations(Partners)}

    assert sorted(scopes) == sorted(manifest["scopes"])
    assert scopes == {each.endpoint.scope for process in (below.Engagements, Webhooks) for each in operations(process)}
    assert ["engagements", "webhooks"] == manifest["needs"]


@pytest.mark.req(212, 217)
async def test_projects_are_told_without_what_is_the_firms_own() -> None:
    """The customer's id and notes stay inside; the state is a partner's word; the cursor goes through."""
    asked: Any = Engagements()
    service = PartnersService(asked, asked)
    page = await service.projects(state=ProjectState.WAITING, limit=7)
    request = (await service.staffing(project_id="prj-a")).items[0]

    assert ("c", ["waiting"]) == (page.next_cursor, [each.state.value for each in page.items])
    assert b"cus-1" not in msgspec.json.encode(page)
    assert (below.EngagementState.WAITING, 7) == (asked.asked[0][1]["state"], asked.asked[0][1]["limit"])
    assert (RequestState.ACKNOWLEDGED, "2027-02-28") == (request.state, request.period.ends_on.isoformat())
    assert b"delivery owner only" not in msgspec.json.encode(request)


async def test_an_acknowledgement_goes_on_with_its_key() -> None:
    """What makes repeating safe reaches whoever acts."""
    asked: Any = Engagements()
    service = PartnersService(asked, asked)
    await service.acknowledge(project_id="p", request_id="r", body=Acknowledge(note="x"), idempotency_key="k")
    ((name, given),) = asked.asked

    assert ("acknowledge", "k", below.Acknowledge(note="x")) == (name, given["idempotency_key"], given["body"])


def test_a_plan_is_booked_when_the_books_say_so() -> None:
    """And its points are shown as they are."""
    point = below.BillingPoint(
        point_id="1", name="n", method=BillingMethod.MILESTONE, due_on=dt.date(2027, 1, 1), amount=VALUE
    )
    for booked, state in ((True, "booked"), (False, "planned")):
        standing = below.BillingStanding(project_id="p", booked=booked, booked_lines=1, total=VALUE, points=[point])
        plan = views.billing(standing)
        assert (state, [VALUE]) == (plan.state.value, [each.amount for each in plan.points])


def test_every_state_has_a_word_for_partners() -> None:
    """A state that only the process knows would be a fault of ours at run time."""
    assert {state.value for state in below.EngagementState} == {state.value for state in ProjectState}


async def test_what_is_asked_about_webhooks_goes_on_as_it_came() -> None:
    """Each operation of the partner API has one of the process below, which is asked with the same words."""
    asked: list[tuple[str, dict[str, Any]]] = []

    class Below:
        """Remembers what it was asked."""

        def __getattr__(self, name: str) -> Any:
            async def answer(**given: Any) -> str:
                asked.append((name, given))
                return f"answer of {name}"

            return answer

    nobody: Any = Below()
    service: Any = PartnersService(nobody, nobody)
    wanted = {
        operation.name: shape
        for operation, shape in zip(operations(Partners), shapes(Partners), strict=True)
        if "webhook" in operation.name
    }
    for name, shape in wanted.items():
        given = {each.name: f"some {each.name}" for each in shape.parameters}
        given |= {"body": "some body"} if shape.body is not None else {}
        answer = await getattr(service, name)(**given)
        assert given == asked[-1][1]
        assert answer in {None, f"answer of {asked[-1][0]}"}

    assert sorted(name for name, _ in asked) == sorted(each.name for each in operations(Webhooks))


async def test_an_invoice_is_told_without_whom_it_bills() -> None:
    """The customer's id stays inside; the number and what it corrects are the document's own."""
    asked: Any = Engagements()
    page = await PartnersService(asked, asked).invoices(project_id="prj-a")

    assert ["INV-1"] == [each.number for each in page.items]
    assert b"cus-1" not in msgspec.json.encode(page)


class Many:
    """Twelve hundred projects, a page at a time."""

    async def projects(self, *, cursor: str, limit: int) -> below.EngagementPage:
        first = int(cursor or 0)
        items = [
            msgspec.structs.replace(SUMMARY, project_id=f"prj-{n}") for n in range(first, min(first + limit, 1200))
        ]
        return below.EngagementPage(items=items, next_cursor=str(first + limit) if first + limit < 1200 else None)


@pytest.mark.req(212)
async def test_everything_is_taken_in_files_of_lines() -> None:
    """As many lines as were asked for, each once, and the cursor of the file after it."""
    many: Any = Many()
    service = PartnersService(many, many)
    with calling(Caller(subject="x", scopes=frozenset({"finance:read"}))):
        first = await service.export_projects(rows=1_000)
        rest = await service.export_projects(rows=1_000, cursor=first.next_cursor)
    lines = [msgspec.json.decode(line) for file in (first, rest) for line in file.content.splitlines()]

    assert ("1000", "") == (first.next_cursor, rest.next_cursor)
    assert [f"prj-{number}" for number in range(1_200)] == [each["project_id"] for each in lines]
    assert {"amount": "300.00", "currency": "EUR"} == lines[0]["value"]


@pytest.mark.req(291)
async def test_a_file_leaves_out_what_its_reader_may_not_see() -> None:
    """No amounts without the scope for them, neither of projects nor of invoices."""
    asked: Any = Engagements()
    service = PartnersService(asked, asked)
    files = []
    for scopes in (frozenset[str](), frozenset({"finance:read"})):
        with calling(Caller(subject="x", scopes=scopes)):
            files.append((await service.export_invoices(rows=1)).content)
    with calling(Caller(subject="x")):
        asked_page = Many()
        some: Any = asked_page
        files.append((await PartnersService(some, some).export_projects(rows=2)).content)

    assert [False, True, False] == [b"EUR" in content for content in files]
    assert all(b"cus-1" not in content for content in files)
