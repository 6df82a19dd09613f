"""The room under the vendor's failures: what is tried again, what is given up, and for how long it waits."""

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.problem import Kind, Problem
from contracts.system.documents import Documents
from kit.clock import ManualClock
from tests.system_apis.sharepoint.library import FOLDER, SIGNED, Cut, Library, opened

pytestmark = pytest.mark.req(46)

DRIVES = "/v1.0/drives"


@pytest.mark.req(120)
async def test_an_hour_later_a_new_token_is_had(library: Library, space: Documents) -> None:
    """By the vendor's own clock; ours still believes in the old one."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    library.sandbox.advance(3600)

    assert "fld-1" == (await space.folder(folder_id="fld-1")).folder_id
    assert [200, 401, 200] == library.served("/list/items", method="GET")
    assert 2 == len(library.served("/oauth2/"))


async def test_a_token_refused_again_is_no_fault_of_our_caller(library: Library, space: Documents) -> None:
    """Two refusals in a row: the connection is broken, and our caller is not told to log in."""
    await library.fault("GET", DRIVES, status=401, times=9)
    with pytest.raises(Problem) as refused:
        await space.folder(folder_id="fld-1")

    assert (Kind.UNAVAILABLE, "vendor_login_refused") == (refused.value.kind, refused.value.code)
    assert [401, 401] == library.served(DRIVES)


@pytest.mark.parametrize(
    "more",
    [
        {"status": 503, "headers": {"retry-after": "2"}},
        {"status": 429, "headers": {"retry-after": "2"}, "body": '{"error":{"code":"activityLimitReached"}}'},
        {"status": 500, "body": '{"error":{"code":"generalException"}}'},
        {"status": 200, "body": "<html>", "headers": {"content-type": "text/html"}},
        {"status": 200, "body": '{"value":[{"id":'},
    ],
    ids=["busy", "crowded", "failed", "page of html", "half a body"],
)
async def test_a_read_that_was_disturbed_is_tried_again(library: Library, more: dict[str, Any]) -> None:
    """One failure of any sort is not seen by the caller."""
    async with opened(library) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        await library.fault("GET", DRIVES, contains="/list/items", **more)

        assert "fld-1" == (await space.folder(folder_id="fld-1")).folder_id


async def test_throttling_is_waited_out_as_long_as_the_vendor_says_or_handed_on(library: Library) -> None:
    """A short wait is ours; one beyond the deadline is told to the caller with its length, after a single call."""
    clock = ManualClock(library.sandbox.now())
    async with opened(library, clock=clock) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        library.sandbox.calls.clear()
        library.sandbox.seed({"turn_away": [{"times": 2, "retry_after_s": 3}]})
        before = clock.monotonic()
        await space.folder(folder_id="fld-1")
        short, waited = library.served("/list/items"), clock.monotonic() - before
        library.sandbox.seed({"turn_away": [{"status": 503, "retry_after_s": 290}]})
        with pytest.raises(Problem) as spent:
            await space.folder(folder_id="fld-1")

    assert ([429, 429, 200], 6) == (short, waited)
    assert (Kind.UNAVAILABLE, 290.0) == (spent.value.kind, spent.value.retry_after_s)
    assert [503] == library.served("/list/items")[3:]


@pytest.mark.parametrize("after", [False, True], ids=["before the effect", "after the effect"])
@pytest.mark.parametrize("call", [("POST", "children"), ("PATCH", "fields"), ("PUT", "content")])
@pytest.mark.req(245)
async def test_a_write_that_was_cut_off_stands_once(
    library: Library, space: Documents, call: tuple[str, str], after: bool
) -> None:
    """Whether or not it took effect, its repetition finds what stands."""
    library.line.cuts.append(Cut(*call, after=after))
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    await space.put_document(document_id="sow-1", body=SIGNED)

    assert [] == library.line.cuts
    items = library.items()
    assert {"fld-1", "sow-1"} == {item["fields"]["SluiceKey"] for item in items.values()}
    assert [0, 1] == sorted(item["versions"] for item in items.values())


async def test_an_item_changed_between_reading_and_writing_is_read_again(library: Library, space: Documents) -> None:
    """Others' changes stand; four times in vain is a conflict that passes."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    moved = '{"error":{"code":"resourceModified","message":"ETag"}}'
    await library.fault("PATCH", DRIVES, status=412, body=moved)
    await space.put_document(document_id="sow-1", body=SIGNED)
    await library.fault("PATCH", DRIVES, status=412, body=moved, times=9)
    with pytest.raises(Problem) as conflict:
        await space.put_document(document_id="sow-2", body=replace(SIGNED, name="Other.pdf"))

    assert (Kind.CONFLICT, "vendor_version_moved") == (conflict.value.kind, conflict.value.code)


async def test_a_stale_read_does_not_cover_what_stands(library: Library, space: Documents) -> None:
    """The old version is refused by its tag, and the second look sees the truth."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    await space.put_document(document_id="sow-1", body=SIGNED)
    await space.document(document_id="sow-1")
    await library.put(f"/{FOLDER.name}/{SIGNED.name}", b"altered by hand")
    await library.fault("GET", DRIVES, kind="stale", contains="/list/items")
    newer = replace(SIGNED, content=b"%PDF newer")
    with pytest.raises(Problem, match="document_altered"):
        await space.put_document(document_id="sow-1", body=newer)

    assert 412 in library.served("/content", method="PUT")
    assert b"altered by hand" == (await space.content(document_id="sow-1")).content


async def test_content_that_arrives_damaged_is_fetched_again(library: Library, space: Documents) -> None:
    """By the vendor's own hash; damaged twice it is not handed out."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    await space.put_document(document_id="sow-1", body=SIGNED)
    await library.fault("GET", "/_api/", status=200, body="damaged")
    assert SIGNED.content == (await space.content(document_id="sow-1")).content
    await library.fault("GET", "/_api/", status=200, body="damaged", times=2)
    with pytest.raises(Problem) as damaged:
        await space.content(document_id="sow-1")

    assert (Kind.UNAVAILABLE, "vendor_garbled") == (damaged.value.kind, damaged.value.code)


async def test_neither_secrets_nor_addresses_of_content_are_told(library: Library) -> None:
    """A problem names the call by its path; tokens, passes in addresses and the vendor's sentences stay out."""
    async with opened(library) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        await space.put_document(document_id="sow-1", body=SIGNED)
        await library.fault("GET", "/_api/", status=500, times=99, body='{"error":{"code":"x","message":"Northwind"}}')
        with pytest.raises(Problem) as failed:
            await space.content(document_id="sow-1")
    async with opened(library, client_secret="wrong-secret") as space:
        with pytest.raises(Problem) as refused:
            await space.folder(folder_id="fld-1")

    told = str(failed.value.details()) + str(refused.value.details())
    assert not any(word in told for word in ("tempauth", "Northwind", "eyJ0", "wrong-secret"))
    assert "AADSTS7000215" in told


async def test_an_application_that_may_only_read_is_told_so(library: Library) -> None:
    """Forbidden, with what it needs."""
    reader = {"client_id": "reader", "client_secret": "s", "roles": ["Sites.Read.All"]}
    library.sandbox.seed({"apps": [reader]})
    async with opened(library, client_id="reader", client_secret="s") as space:
        with pytest.raises(Problem) as refused:
            await space.put_folder(folder_id="fld-1", body=FOLDER)

    assert Kind.FORBIDDEN is refused.value.kind
    assert "Sites.ReadWrite.All" in refused.value.hint
