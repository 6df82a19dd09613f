"""What people do on the tower's pages: read by role, answer, be the second, answer together, take away."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from urllib.parse import unquote

import pytest
import pytest_asyncio

from contracts.canonical.casework import CaseState, ExceptionState
from tests.experience_apis.control_tower.tower import Tower, text_of, tower
from tests.process_apis.casework.governed import FELIX, FIONA, OLGA, TARA, person

pytestmark = pytest.mark.asyncio(loop_scope="module")
STRANGER = person("stan.sales", "sales")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Tower]:
    """One tower for all tests of this file; each has cases of its own."""
    async with tower() as up:
        yield up


@pytest.mark.req(261, 271, 291)
async def test_the_overview_counts_what_waits_and_a_script_gets_only_what_changes(desk: Tower) -> None:
    """Queues lead to their inbox; the piece for a script has neither frame nor heading and says itself aloud."""
    item = await desk.at.parked("home")
    page = await desk.get(OLGA, "")
    piece = await desk.http.get("/control_tower/pages", headers={**desk.of(OLGA), "hx-request": "true"})

    assert 200 == page.status_code
    assert f"/tower/exceptions?code={item.code}&amp;owner_role={item.owner_role}" in page.text
    assert "Tax code missing" in text_of(page)
    assert 'sse-connect="/tower/live"' in page.text
    assert "<html" not in piece.text
    assert '<p id="said" hx-swap-oob="innerHTML">' in piece.text


@pytest.mark.req(247, 350)
async def test_an_answer_is_previewed_taken_and_seen_on_the_case(desk: Tower) -> None:
    """The preview changes nothing and says where the case resumes; the answer leads to the case, which has gone on."""
    item = await desk.at.parked("answer")
    path = f"/exceptions/{item.exception_id}"
    preview = await desk.post(TARA, f"{path}/preview", tax_code="EU-RC", note='"why"', _key="k-1")
    before = await desk.at.durable.casebook.exception(item.exception_id)
    done = await desk.post(TARA, f"{path}/fix", tax_code="EU-RC", note='"why"', _key="k-1")
    twice = await desk.post(TARA, f"{path}/fix", tax_code="EU-RC", note='"why"', _key="k-1")
    state = await desk.at.case_state(item.case_id)
    case = await desk.get(OLGA, f"/cases/{item.case_id}", told="fixed")

    assert "It resumes at look , which judges anew" in text_of(preview)
    assert "&#34;why&#34;" in preview.text
    assert ExceptionState.OPEN is before.state
    assert (303, f"/tower/cases/{item.case_id}?told=fixed") == (done.status_code, done.headers["location"])
    assert (303, CaseState.COMPLETED) == (twice.status_code, state)
    assert "The answer was taken." in text_of(case)
    assert "Exception fixed tara.tax" in text_of(case)
    assert "TAX_CODE_MISSING; tax_code = EU-RC" in text_of(case)


@pytest.mark.req(289, 291)
async def test_others_see_that_it_waits_and_not_how_much_hangs_on_it(desk: Tower) -> None:
    """Words and context are hidden from a stranger on the page and in the table, and an answer of theirs is refused."""
    item = await desk.at.parked("masked")
    page = await desk.get(STRANGER, f"/exceptions/{item.exception_id}")
    table = await desk.get(STRANGER, "/exceptions.csv")
    refused = await desk.post(STRANGER, f"/exceptions/{item.exception_id}/fix", tax_code="EU-RC")

    assert "hidden from your role" in text_of(page)
    assert "something is wrong" not in page.text + table.text
    assert 403 == refused.status_code
    assert "is to be fixed by the role tax" in text_of(refused)
    assert 'value="EU-RC"' in refused.text


@pytest.mark.req(15, 292, 299)
async def test_what_two_people_have_to_agree_on_is_proposed_and_confirmed(desk: Tower) -> None:
    """One's own proposal cannot be confirmed; sent back without a word it is refused; with another it counts."""
    item = await desk.at.parked("four", code="PERIOD_CLOSED", asks="post_into")
    path = f"/exceptions/{item.exception_id}"
    proposed = await desk.post(FELIX, f"{path}/fix", post_into="next_open_period")
    own = await desk.get(FELIX, path)
    alone = await desk.post(FELIX, f"{path}/confirm", verdict="accept")
    silent = await desk.post(FIONA, f"{path}/confirm", verdict="back")
    done = await desk.post(FIONA, f"{path}/confirm", verdict="accept")

    assert f"/tower{path}?told=proposed" == proposed.headers["location"]
    assert "Another person has to confirm what you proposed." in text_of(own)
    assert (403, 422) == (alone.status_code, silent.status_code)
    assert '<p class="fault" id="confirm-comment-fault">say why it is sent back</p>' in silent.text
    assert f"/tower/cases/{item.case_id}?told=confirmed" == done.headers["location"]
    assert CaseState.COMPLETED is await desk.at.case_state(item.case_id)


@pytest.mark.req(286)
async def test_it_is_taken_handed_over_talked_about_given_back_and_withdrawn(desk: Tower) -> None:
    """Each act leads back to the page and says what was done; what is too short to say something is refused."""
    item = await desk.at.parked("acts")
    path = f"/exceptions/{item.exception_id}"
    acts = [
        await desk.post(TARA, f"{path}/assign"),
        await desk.post(TARA, f"{path}/comment", text="asked <them>"),
        await desk.post(TARA, f"{path}/release"),
        await desk.post(TARA, f"{path}/assign", to="tom.tax"),
    ]
    page = await desk.get(OLGA, path)
    short = await desk.post(TARA, f"{path}/withdraw", reason="no")
    taken = await desk.post(TARA, f"{path}/fix", tax_code="EU-RC")

    told = [act.headers["location"].rpartition("=")[2] for act in acts]
    assert ["assigned", "said", "released", "assigned"] == told
    assert "asked <them>" in text_of(page)
    assert "Taken by tom.tax" in text_of(page)
    assert (422, True) == (short.status_code, "say it in words" in short.text)
    assert (409, True) == (taken.status_code, "tom.tax works on it" in text_of(taken))


@pytest.mark.req(245, 325)
async def test_many_of_one_code_are_answered_together(desk: Tower) -> None:
    """Tried without effect first, then done; each by itself, and two codes at once are refused."""
    one, two = await desk.at.parked("b1"), await desk.at.parked("b2")
    other = await desk.at.parked("b3", code="PERIOD_CLOSED", asks="post_into")
    ids = [one.exception_id, two.exception_id]
    await desk.post(TARA, f"/exceptions/{two.exception_id}/assign", to="tom.tax")
    chosen = await desk.post(TARA, "/exceptions-together", exception_id=ids)
    tried = await desk.post(TARA, "/exceptions-together/preview", exception_id=ids, tax_code="EU-RC")
    done = await desk.post(TARA, "/exceptions-together/fix", exception_id=ids, tax_code="EU-RC")
    mixed = await desk.post(TARA, "/exceptions-together", exception_id=[*ids, other.exception_id])
    none = await desk.post(TARA, "/exceptions-together")

    assert "Answer 2 together" in text_of(chosen)
    assert "1 would be done, 1 refused. Nothing was changed yet." in text_of(tried)
    assert "1 done, 1 refused." in text_of(done)
    assert "tom.tax works on it" in text_of(done)
    assert CaseState.COMPLETED is await desk.at.case_state(one.case_id)
    assert (422, 422) == (mixed.status_code, none.status_code)
    assert "the chosen ones have 2 codes" in text_of(mixed)


@pytest.mark.req(261, 331)
async def test_the_inbox_is_filtered_walked_and_taken_away(desk: Tower) -> None:
    """Filters hold for the list and for the table; a state there never is, is refused; ids lead to their case."""
    item = await desk.at.parked("=cmd|' /C calc'!A0")
    listed = await desk.get(TARA, "/exceptions", code=item.code, owner_role="tax")
    other = await desk.get(TARA, "/exceptions", code="NO_SUCH_CODE")
    table = await desk.get(TARA, "/exceptions.csv", code=item.code)
    wrong = await desk.get(TARA, "/exceptions", state="lost")
    found = await desk.get(TARA, "/search", q=item.exception_id)
    short = await desk.get(TARA, "/search", q="x")

    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert item.exception_id in listed.text
    assert "Nothing is like that." in text_of(other)
    assert {item.code} == {row["code"] for row in rows}
    assert item.exception_id in {row["exception"] for row in rows}
    assert 'attachment; filename="exceptions-' in table.headers["content-disposition"]
    assert (400, 303) == (wrong.status_code, found.status_code)
    assert f"/tower/cases/{item.case_id}" == unquote(found.headers["location"])
    assert " " not in found.headers["location"]
    assert "Three letters at least." in text_of(short)


@pytest.mark.req(264, 265)
async def test_a_case_shows_its_road_and_its_list_is_filtered(desk: Tower) -> None:
    """Steps with their state, where the time went, every exception it met; the list by state and process."""
    item = await desk.at.parked("road")
    case = await desk.get(OLGA, f"/cases/{item.case_id}")
    listed = await desk.get(OLGA, "/cases", state="exception", process="governed_road")
    none = await desk.get(OLGA, "/cases", state="failed")

    assert 'aria-current="step"' in case.text
    assert "Where the time went" in text_of(case)
    assert "Waits for tax" in text_of(case)
    assert item.case_id in listed.text
    assert "No case is like that." in text_of(none)
    assert 404 == (await desk.get(OLGA, "/cases/no-such-case")).status_code
