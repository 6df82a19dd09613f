"""The feed of changes: what people do, places that the vendor has forgotten, and batches that fail in part."""

import pytest

from contracts.canonical.filing import FilingChangeKind
from contracts.problem import Kind, Problem
from contracts.system.documents import Documents
from kit.clock import ManualClock
from system_apis.sharepoint.feed import decoded, encoded
from tests.system_apis.sharepoint.library import FOLDER, HOST, SIGNED, Library, opened

pytestmark = pytest.mark.req(46, 232)

MONTH_S = 31 * 86400


async def filed(space: Documents) -> None:
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    await space.put_document(document_id="sow-1", body=SIGNED)


async def test_what_people_put_there_is_told_without_a_key(library: Library, space: Documents) -> None:
    """A vendor's invoice that somebody drops into a folder may start a process."""
    await filed(space)
    cursor = (await space.changes()).cursor
    dropped = (await library.put(f"/{FOLDER.name}/Invoice of a vendor.pdf", b"%PDF")).json()["id"]
    page = await space.changes(cursor=cursor)

    told = {change.external_id: change for change in page.changes}
    folder = (await space.folder(folder_id="fld-1")).external_id
    assert (FilingChangeKind.DOCUMENT, None, folder) == (
        told[dropped].kind,
        told[dropped].our_id,
        told[dropped].folder_external_id,
    )
    assert "fld-1" == told[folder].our_id, "the folder above has changed with it"
    assert (False, False) == (page.more, page.restarted)


async def test_a_round_without_changes_is_empty_and_goes_on(library: Library, space: Documents) -> None:
    """Asked as often as one likes."""
    await filed(space)
    cursor = (await space.changes()).cursor
    for _ in range(3):
        page = await space.changes(cursor=cursor)
        cursor = page.cursor
        assert ([], False) == (page.changes, page.more)
    await library.put("/new.txt", b"new")

    assert ["new.txt"] == [change.name for change in (await space.changes(cursor=cursor)).changes]


async def test_a_place_that_is_forgotten_begins_anew_and_says_so(library: Library, space: Documents) -> None:
    """After a month the vendor answers 410: everything that stands is told again."""
    await filed(space)
    cursor = (await space.changes()).cursor
    await space.remove_document(document_id="sow-1")
    library.sandbox.advance(MONTH_S)
    page = await space.changes(cursor=cursor)

    assert 410 in library.served("/delta")
    assert (True, ["fld-1"]) == (page.restarted, [change.our_id for change in page.changes])
    assert not (await space.changes(cursor=page.cursor)).restarted


async def test_many_changes_come_page_by_page_with_their_keys(library: Library, space: Documents) -> None:
    """Forty-five items: keys are asked for twenty at a time, and each item is told once."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    for number in range(44):
        await library.put(f"/{FOLDER.name}/{number:02}.txt", b"x")
    library.sandbox.calls.clear()
    pages, cursor, more = [], "", True
    while more:
        page = await space.changes(cursor=cursor, limit=23)
        pages.append(page)
        cursor, more = page.cursor, page.more

    ids = [change.external_id for page in pages for change in page.changes]
    assert (45, 45) == (len(ids), len(set(ids)))
    assert [200] * 4 == library.served("/$batch")
    assert ["fld-1"] == [change.our_id for page in pages for change in page.changes if change.our_id]


async def test_a_part_of_a_batch_that_is_turned_away_is_asked_for_again(library: Library) -> None:
    """That part alone, and after as long as it says; the others are not asked twice."""
    clock = ManualClock(library.sandbox.now())
    async with opened(library, clock=clock) as space:
        await filed(space)
        body = '{"error":{"code":"activityLimitReached","message":"busy"}}'
        await library.fault("GET", "/$batch/drives", status=429, headers={"Retry-After": "7"}, body=body)
        before = clock.monotonic()
        page = await space.changes()

    assert {"fld-1", "sow-1"} == {change.our_id for change in page.changes}
    assert 7 == clock.monotonic() - before
    asked = [request.content.count(b'"method"') for request in library.line.sent if "batch" in request.url.path]
    assert [2, 1] == asked


async def test_a_part_that_is_turned_away_for_good_fails_the_page(library: Library, space: Documents) -> None:
    """Nothing is told as if it had no key; the reader comes again with the cursor it has."""
    await filed(space)
    await library.fault("GET", "/$batch/drives", status=503, times=100)
    with pytest.raises(Problem) as busy:
        await space.changes()
    library.sandbox.faults.clear()
    await library.fault("GET", "/$batch/drives", status=403)
    with pytest.raises(Problem) as denied:
        await space.changes()
    library.sandbox.faults.clear()

    assert (Kind.UNAVAILABLE, Kind.FORBIDDEN) == (busy.value.kind, denied.value.kind)
    assert 2 == len((await space.changes()).changes)


async def test_what_went_while_its_key_was_asked_for_is_told_without_one(library: Library, space: Documents) -> None:
    """Its removal comes with a later page."""
    await filed(space)
    await library.fault("GET", "/$batch/drives", status=404, body='{"error":{"code":"itemNotFound"}}')

    assert 1 == len([change for change in (await space.changes()).changes if change.our_id])


@pytest.mark.parametrize("limit", [0, -1, 501])
async def test_a_page_has_a_size(space: Documents, limit: int) -> None:
    """Within bounds, told with a pointer."""
    with pytest.raises(Problem) as refused:
        await space.changes(limit=limit)

    assert (Kind.INVALID, "limit") == (refused.value.kind, refused.value.errors[0].pointer)


def test_a_cursor_holds_for_what_it_was_given_for() -> None:
    """Neither a changed one nor one of another reading is taken."""
    link = "/v1.0/drives/d/any/page?token=t"
    cursor = encoded(link, of="changes")

    assert link == decoded(cursor, of="changes")
    for text, of in ((cursor, "fld-1"), (cursor[:-1] + "A", "changes"), ("", "changes"), ("ä", "changes")):
        with pytest.raises(Problem, match="cursor_invalid"):
            decoded(text, of=of)


@pytest.mark.parametrize("link", [f"{HOST}/v1.0/users", "https://elsewhere.test/_api/x", "http://[bad"])
async def test_a_link_that_leads_elsewhere_is_not_followed(library: Library, space: Documents, link: str) -> None:
    """The vendor's links lead to pages of this drive and nowhere else."""
    body = f'{{"value":[],"@odata.deltaLink":"{link}"}}'
    await library.fault("GET", "/v1.0/drives", status=200, body=body, contains="delta")
    with pytest.raises(Problem) as astray:
        await space.changes()

    assert (Kind.UNEXPECTED, "vendor_page_loop") == (astray.value.kind, astray.value.code)
