"""The pages of approvers over a real socket, in front of casework and its engine; people come by the tier's token."""

import datetime as dt
import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from litestar import Litestar, Router

from contracts.canonical.casework import ApprovalState
from experience_apis.approvals.pages import approval_pages
from experience_apis.approvals.service import ApprovalsService
from kit.caller import Caller
from kit.serving import serving
from kit.tier.answers import trusted
from kit.trust import Signer, Verifier, new_key_pair
from tests.process_apis.casework.governed import FELIX, FIONA, TARA, TOM, Queue, person, queue

PAGES = "/approvals/pages"


@dataclass
class Desk:
    """The pages, and the queue behind them."""

    queue: Queue
    client: httpx.AsyncClient
    signer: Signer

    async def get(self, caller: Caller, path: str = "", **query: str) -> httpx.Response:
        return await self.client.get(f"{PAGES}{path}", params=query, headers=self._papers(caller))

    async def post(self, caller: Caller, path: str, data: Mapping[str, str | list[str]]) -> httpx.Response:
        return await self.client.post(f"{PAGES}{path}", data=dict(data), headers=self._papers(caller))

    async def card(self, caller: Caller, approval_id: str) -> dict[str, str]:
        """What the decision form of a card carries."""
        return hidden((await self.get(caller, f"/approvals/{approval_id}")).text, "/decision")

    def _papers(self, caller: Caller) -> dict[str, str]:
        token = self.signer.mint(audience="experience", caller=caller)
        return {"authorization": f"Bearer {token}", "x-forwarded-prefix": "/approvals"}


def hidden(text: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form that goes to an address ending so."""
    form = re.search(rf'<form method="post" action="[^"]*{action}"[^>]*>(.*?)</form>', text, re.DOTALL)
    assert form, text
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1])
    return {name: html.unescape(value) for name, value in fields}


def seen(text: str) -> str:
    """The words of the main part, without marks."""
    main = text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).replace("\N{NO-BREAK SPACE}", " ").split())


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    """Pages over a fresh queue; time stands still until it is moved."""
    private, public = new_key_pair()
    async with queue() as behind:
        pages = approval_pages(ApprovalsService(behind.service), room="approvals", clock=behind.clock)
        router = Router(f"/approvals{pages.prefix}", route_handlers=[pages.router])
        app = Litestar(route_handlers=[router], openapi_config=None, logging_config=None)
        verifier = Verifier(audience="experience", public_keys={"gateway": public}, clock=behind.clock)
        signer = Signer(issuer="gateway", private_key_pem=private, clock=behind.clock)
        async with (
            serving(trusted(app, verifier, tenant="default")) as url,
            httpx.AsyncClient(base_url=url, trust_env=False) as client,
        ):
            yield Desk(behind, client, signer)


@pytest.fixture(name="at")
async def opened() -> AsyncIterator[Desk]:
    """A desk for one test."""
    async with desk() as at:
        yield at


@pytest.mark.req(211, 142, 271)
async def test_the_late_and_the_large_stand_first_and_lateness_is_told_in_words(at: Desk) -> None:
    """Overdue before due, large before small in one currency; the count, the sums and the icon's words are there."""
    await at.queue.asked("late", amount="10")
    at.queue.clock.advance(dt.timedelta(hours=25).total_seconds())
    for key, amount, currency in (("small", "200", "EUR"), ("large", "90000", "EUR"), ("pounds", "500", "GBP")):
        await at.queue.asked(key, amount=amount, currency=currency)

    page = await at.get(TARA)
    amounts = re.findall(r'<p class="amount">([^<]*)</p>', page.text)

    assert ["10.00 EUR", "90,000.00 EUR", "200.00 EUR", "500.00 GBP"] == [
        each.replace("\N{NO-BREAK SPACE}", " ") for each in amounts
    ]
    assert "To decide : 4 1 overdue · at stake: 90,210.00 EUR + 500.00 GBP" in seen(page.text)
    assert "overdue by 1 h" in seen(page.text)
    assert "step 1 of 1" in seen(page.text)
    assert "<title>(4) To decide" in page.text
    assert 1 == (await at.get(TARA, due="overdue")).text.count("data-row")
    assert 4 == (await at.get(TARA, due="soon", about="deal")).text.count("data-row")
    assert 0 == (await at.get(TARA, due="mine")).text.count("data-row")
    assert "Nothing waits for you." in seen((await at.get(FELIX)).text)


@pytest.mark.req(211, 142)
async def test_a_card_is_approved_once_however_often_it_is_sent(at: Desk) -> None:
    """The key and the mark in the form make sending it twice one decision; the browser is sent to the queue."""
    approval = await at.queue.asked()
    form = {**await at.card(TARA, approval.approval_id), "verdict": "approve", "comment": ""}
    answers = [await at.post(TARA, f"/approvals/{approval.approval_id}/decision", form) for _ in range(2)]

    assert [303, 303] == [each.status_code for each in answers]
    assert all("told=approved" in each.headers["location"] for each in answers)
    assert ApprovalState.APPROVED is await at.queue.state_of(approval.approval_id)
    closed = seen((await at.get(TARA, f"/approvals/{approval.approval_id}")).text)
    assert "tara.tax has approved in step 1" in closed
    assert "tara.tax approved step 1 as tax" in closed
    assert 1 == (await at.get(TARA, state="approved")).text.count("data-row")


@pytest.mark.req(211, 142)
async def test_a_decision_is_undone_within_seconds_and_not_after(at: Desk) -> None:
    """The queue offers to take it back; then it waits again; too late is told with the card, and to nobody else."""
    approval = await at.queue.asked()
    place = f"/approvals/{approval.approval_id}"
    form = {**await at.card(TARA, approval.approval_id), "verdict": "approve"}
    await at.post(TARA, f"{place}/decision", form)
    offered = await at.get(TARA, told="approved", decided=approval.approval_id)
    undone = await at.post(TARA, f"{place}/withdrawal", hidden(offered.text, "/withdrawal"))
    reopened = await at.queue.state_of(approval.approval_id)
    again = {**await at.card(TARA, approval.approval_id), "verdict": "reject", "comment": "after all"}
    await at.post(TARA, f"{place}/decision", again)
    others = await at.get(TOM, decided=approval.approval_id)
    at.queue.clock.advance(11)
    late = await at.post(TARA, f"{place}/withdrawal", {"_key": "late"})

    assert "Nothing follows from it for another 10 s" in seen(offered.text)
    assert (303, ApprovalState.OPEN) == (undone.status_code, reopened)
    assert 'id="undo"' not in others.text
    assert (409, ApprovalState.REJECTED) == (late.status_code, await at.queue.state_of(approval.approval_id))
    assert 'id="undo"' not in late.text


@pytest.mark.req(211, 142)
async def test_a_rejection_without_a_reason_comes_back_with_the_card(at: Desk) -> None:
    """The fault stands beside the field, the key stays, and nothing is decided; with a reason it is."""
    approval = await at.queue.asked()
    place = f"/approvals/{approval.approval_id}/decision"
    form = {**await at.card(TARA, approval.approval_id), "verdict": "reject", "comment": " "}
    bare = await at.post(TARA, place, form)
    again = hidden(bare.text, "/decision")
    rejected = await at.post(TARA, place, {**again, "verdict": "reject", "comment": "no establishment there"})
    neither = await at.post(TARA, place, form | {"verdict": "perhaps"})

    assert (422, form["_key"]) == (bare.status_code, again["_key"])
    assert '<p class="fault" id="f-comment-fault">say why it is rejected</p>' in bare.text
    assert "told=rejected" in rejected.headers["location"]
    assert ApprovalState.REJECTED is await at.queue.state_of(approval.approval_id)
    assert 422 == neither.status_code


@pytest.mark.req(211, 142)
async def test_who_comes_second_sees_what_changed_and_decides_nothing(at: Desk) -> None:
    """Two people read the same card; the second's verdict is refused and they see who spoke meanwhile."""
    approval = await at.queue.asked(amount="6000000")
    place = f"/approvals/{approval.approval_id}/decision"
    first, second = await at.card(TARA, approval.approval_id), await at.card(TOM, approval.approval_id)
    await at.post(TARA, place, {**first, "verdict": "approve"})
    late = await at.post(TOM, place, {**second, "verdict": "reject", "comment": "too risky"})

    told = seen(late.text)
    assert 403 == late.status_code
    assert "This changed since you looked. Nothing was decided." in told
    assert "Step step 1 of 2 → step 2 of 2" in told
    assert "Spoken tara.tax approved step 1" in told
    assert ApprovalState.OPEN is await at.queue.state_of(approval.approval_id)


@pytest.mark.req(211, 142)
async def test_a_question_holds_it_back_and_its_answer_is_read_before_deciding(at: Desk) -> None:
    """Who looked before the question cannot approve; they see the question and, once answered, decide on the answer."""
    approval = await at.queue.asked()
    at_card = f"/approvals/{approval.approval_id}"
    before = await at.card(TOM, approval.approval_id)
    asked = await at.post(TARA, f"{at_card}/remarks", {"_key": "q", "kind": "question", "text": "which branch?"})
    empty = await at.post(TOM, f"{at_card}/remarks", {"_key": "e", "kind": "answer", "text": " "})
    held = await at.post(TOM, f"{at_card}/decision", {**before, "verdict": "approve"})
    answered = await at.post(TOM, f"{at_card}/remarks", {"_key": "a", "kind": "answer", "text": "Hamburg"})
    form = await at.card(TOM, approval.approval_id)
    done = await at.post(TOM, f"{at_card}/decision", {**form, "verdict": "approve", "comment": "fine"})

    assert [303, 303, 303] == [each.status_code for each in (asked, answered, done)]
    assert (422, 409) == (empty.status_code, held.status_code)
    assert "Question which branch?" in seen(held.text)
    history = seen((await at.get(TARA, at_card)).text).partition("History")[2]
    assert history.index("which branch?") < history.index("Hamburg") < history.index("fine")


@pytest.mark.req(211)
async def test_many_are_decided_with_one_comment_each_with_its_own_outcome(at: Desk) -> None:
    """What was picked is shown again; what changed meanwhile is refused by itself, and twice sent is once."""
    ids = [(await at.queue.asked(f"d{number}", amount=f"{number}00")).approval_id for number in (1, 2, 3)]
    shown = await at.post(TARA, "/together", {"pick": ids})
    form = hidden(shown.text, "/together/decision")
    etags = re.findall(r'name="etag" value="([^"]+)"', shown.text)
    await at.queue.decide(TOM, ids[1])
    sent: dict[str, str | list[str]] = {
        "_key": form["_key"],
        "pick": ids,
        "etag": etags,
        "verdict": "approve",
        "comment": "month end",
    }
    results = [await at.post(TARA, "/together/decision", sent) for _ in range(2)]
    bare = await at.post(TARA, "/together/decision", {**sent, "verdict": "reject", "comment": ""})
    nothing = await at.post(TARA, "/together", {"other": "x"})

    assert "Decide 3 together At stake: 600.00 EUR" in seen(shown.text)
    assert ["2 of 3 decided"] * 2 == [re.findall(r"<h1>([^<]*)</h1>", each.text)[0] for each in results]
    assert [results[0].text.count("not decided"), results[1].text.count("not decided")] == [1, 1]
    assert "month end" == (await at.queue.durable.casebook.approval(ids[2])).comment
    assert (422, 422) == (bare.status_code, nothing.status_code)


@pytest.mark.req(211)
async def test_a_role_is_lent_for_some_days_and_taken_back(at: Desk) -> None:
    """Whole days by UTC, from now on where they begin today; a wrong day comes back with what was typed."""
    today = at.queue.clock.now().date()
    anna = person("anna.assistant", "office")
    wish = {"_key": "d", "to": "anna.assistant", "roles": "tax", "reason": "holiday", "first": today.isoformat()}
    wrong = await at.post(TARA, "/delegations", {**wish, "last": "next week"})
    foreign = await at.post(TARA, "/delegations", {**wish, "last": today.isoformat(), "roles": "finance"})
    made = await at.post(TARA, "/delegations", {**wish, "last": today.isoformat()})
    await at.queue.asked()
    page = await at.get(TARA, "/delegations")
    place = re.findall(r'action="/approvals(/delegations/[^"]+)"', page.text)[0]

    assert (422, 403, 303) == (wrong.status_code, foreign.status_code, made.status_code)
    assert 'value="next week"' in wrong.text
    assert "anna.assistant holds decides for you as tax" in seen(page.text)
    assert 1 == (await at.get(anna)).text.count("data-row")
    assert 303 == (await at.post(TARA, place, {"_key": "r"})).status_code
    assert 0 == (await at.get(anna)).text.count("data-row")


@pytest.mark.req(211, 300)
async def test_what_was_kept_on_a_device_is_sent_by_whoever_decided_it_and_by_nobody_else(at: Desk) -> None:
    """Another person who is signed in then does not decide in their name; the script may look after the pages only."""
    approval = await at.queue.asked()
    place = f"/approvals/{approval.approval_id}/decision"
    kept = {**await at.card(TARA, approval.approval_id), "verdict": "approve"}
    other = await at.post(TOM, place, kept)
    still = await at.queue.state_of(approval.approval_id)
    own = await at.post(TARA, place, kept)
    script = await at.get(TARA, "/worker.js")

    assert (403, ApprovalState.OPEN, 303) == (other.status_code, still, own.status_code)
    assert "tara.tax made this decision, and you are signed in as tom.tax" in seen(other.text)
    assert ("/approvals", "no-cache") == (script.headers["service-worker-allowed"], script.headers["cache-control"])
    assert script.headers["content-type"].startswith("text/javascript")


@pytest.mark.req(211, 300)
async def test_what_is_handed_to_one_person_waits_for_them_and_strangers_find_nothing(at: Desk) -> None:
    """Others see who has it and no form to decide; who holds no role of it gets a page that knows of nothing."""
    approval = await at.queue.asked()
    place = f"/approvals/{approval.approval_id}"
    handed = await at.post(TARA, f"{place}/assignment", {"_key": "h", "to": "tom.tax"})
    waits = await at.get(TARA, place)
    stranger = await at.get(FIONA, place)
    forced = await at.post(FIONA, f"{place}/decision", {"etag": approval.etag, "verdict": "approve"})

    assert 303 == handed.status_code
    assert "tom.tax was asked to decide this." in seen(waits.text)
    assert "data-decision" not in waits.text
    assert "data-decision" in (await at.get(TOM, place)).text
    assert 1 == (await at.get(TOM, due="mine")).text.count("data-row")
    assert (404, 404) == (stranger.status_code, forced.status_code)
