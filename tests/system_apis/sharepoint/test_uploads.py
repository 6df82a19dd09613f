"""Content in pieces: broken off at any place, taken up where it broke, and never at another host."""

import hashlib
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.problem import Kind, Problem, Retry
from contracts.system.documents import Documents
from tests.system_apis.sharepoint.library import FOLDER, HOST, PIECE, SIGNED, Cut, Library, Meanwhile, opened

pytestmark = pytest.mark.req(46, 245)

CONTENT = bytes(range(256)) * (PIECE // 256 * 3) + b"the end"
LARGE = replace(SIGNED, content=CONTENT)
SMALL_PIECES: dict[str, Any] = {"session_from_bytes": PIECE, "piece_bytes": PIECE}


def pieces(library: Library) -> list[str]:
    """Which parts of the content were sent, in order."""
    ranges = [request.headers.get("content-range", "") for request in library.line.sent if request.method == "PUT"]
    return [each.removeprefix("bytes ").partition("-")[0] for each in ranges if each]


async def test_large_content_goes_in_pieces_without_our_token(library: Library) -> None:
    """Four pieces in order; the address carries its own authorization and is given no other."""
    async with opened(library, **SMALL_PIECES) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        filed = await space.put_document(document_id="sow-1", body=LARGE)
        read = await space.content(document_id="sow-1")

    assert [str(PIECE * n) for n in range(4)] == pieces(library)
    carried = [request for request in library.line.sent if "/_api/" in request.url.path]
    assert 5 == len(carried)
    assert not any("authorization" in request.headers for request in carried)
    assert (CONTENT, hashlib.sha256(CONTENT).hexdigest()) == (read.content, filed.sha256)
    assert 0 == library.sandbox.dump()["sessions"]


@pytest.mark.parametrize("piece", [0, 1, 2, 3])
@pytest.mark.parametrize("after", [False, True], ids=["before the effect", "after the effect"])
async def test_an_upload_that_breaks_is_taken_up_where_it_broke(library: Library, piece: int, after: bool) -> None:
    """The connection breaks at one piece, for longer than a call is tried: one document stands, whole."""
    async with opened(library, **SMALL_PIECES) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        library.line.cuts.append(Cut("PUT", "uploadSession", after=after, times=5, skip=piece))
        filed = await space.put_document(document_id="sow-1", body=LARGE)
        read = await space.content(document_id="sow-1")

    assert CONTENT == read.content
    assert "sow-1" == filed.document_id
    (standing,) = [item for item in library.items().values() if not item["folder"]]
    assert (len(CONTENT), 1) == (standing["size"], standing["versions"])
    lost_at_the_end = after and piece == 3
    assert not lost_at_the_end or not filed.created


async def test_what_was_received_is_not_sent_again(library: Library) -> None:
    """After a break the vendor is asked what it has; the piece whose answer was lost is not repeated from the start."""
    async with opened(library, **SMALL_PIECES) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        library.line.cuts.append(Cut("PUT", "uploadSession", after=True, skip=1))
        await space.put_document(document_id="sow-1", body=LARGE)

    sent = [int(start) // PIECE for start in pieces(library)]
    assert [0, 1, 1, 2, 3] == sent
    assert [416] == [status for status in library.served("uploadSession", method="PUT") if status >= 400]


async def test_a_session_that_is_gone_is_told_as_passing(library: Library) -> None:
    """The caller tries again later, and then the document stands."""
    async with opened(library, **SMALL_PIECES) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        gone = '{"error":{"code":"itemNotFound","message":"gone"}}'
        await library.fault("PUT", "/_api/", status=404, body=gone)
        with pytest.raises(Problem) as lost:
            await space.put_document(document_id="sow-1", body=LARGE)
        again = await space.put_document(document_id="sow-1", body=LARGE)

    assert (Kind.UNAVAILABLE, Retry.LATER, "vendor_upload_lost") == (
        lost.value.kind,
        lost.value.retry,
        lost.value.code,
    )
    assert (True, len(CONTENT)) == (again.created, again.size_bytes)


async def test_an_upload_that_breaks_for_good_is_given_up(library: Library) -> None:
    """After some breaks in a row; nothing stands, and trying again files the document."""
    async with opened(library, **SMALL_PIECES) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        library.line.cuts.append(Cut("PUT", "uploadSession", after=False, times=1000))
        with pytest.raises(Problem) as lost:
            await space.put_document(document_id="sow-1", body=LARGE)
        library.line.cuts.clear()
        left = [item for item in library.items().values() if not item["folder"]]

    assert (Kind.UNAVAILABLE, []) == (lost.value.kind, left)
    async with opened(library, **SMALL_PIECES) as space:
        assert (await space.put_document(document_id="sow-1", body=LARGE)).created


async def test_a_new_version_goes_in_pieces_too(library: Library) -> None:
    """Upon the version that was read; a break in it leaves what stood."""
    async with opened(library, **SMALL_PIECES) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        first = await space.put_document(document_id="sow-1", body=LARGE)
        changed = replace(LARGE, content=CONTENT[::-1])
        library.line.cuts.append(Cut("PUT", "uploadSession", after=True, times=4, skip=3))
        second = await space.put_document(document_id="sow-1", body=changed)
        read = await space.content(document_id="sow-1")

    assert (first.external_id, CONTENT[::-1]) == (second.external_id, read.content)
    (standing,) = [item for item in library.items().values() if not item["folder"]]
    assert 2 == standing["versions"]


async def test_a_name_taken_while_the_pieces_went_is_met_at_the_end(library: Library) -> None:
    """Somebody lays a file of that name there before the last piece; ours does not cover it."""
    path = f"/{FOLDER.name}/{SIGNED.name}"
    library.line.meanwhile.append(Meanwhile("PUT", "uploadSession", lambda: library.put(path, b"theirs"), skip=3))
    async with opened(library, **SMALL_PIECES) as space:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
        with pytest.raises(Problem) as refused:
            await space.put_document(document_id="sow-1", body=LARGE)

    assert (Kind.ALREADY_EXISTS, "name_taken") == (refused.value.kind, refused.value.code)
    assert (len(b"theirs"), {}) == (library.items()[path]["size"], library.items()[path]["fields"])


@pytest.mark.parametrize("address", ["https://elsewhere.test/_api/v2.0/x?tempauth=t", "/_api/v2.0/x", "http://[bad"])
async def test_content_is_carried_to_no_other_host(library: Library, space: Documents, address: str) -> None:
    """An address that is not the tenant's is refused, for reading as for writing."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    await space.put_document(document_id="sow-1", body=SIGNED)
    await library.fault("GET", library.drive.replace("%21", "!"), status=302, headers={"location": address}, skip=1)
    with pytest.raises(Problem) as read:
        await space.content(document_id="sow-1")
    session = f'{{"uploadUrl":"{address}","nextExpectedRanges":["0-"]}}'
    async with opened(library, **SMALL_PIECES) as small:
        await library.fault("POST", "/v1.0/drives", status=200, body=session, contains="createUploadSession")
        with pytest.raises(Problem) as written:
            await small.put_document(document_id="sow-2", body=replace(LARGE, name="Other.pdf"))

    assert {"vendor_address_foreign"} == {read.value.code, written.value.code}
    assert not any(HOST not in str(request.url) for request in library.line.sent)


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE + 1, 0])
async def test_pieces_that_cannot_be_put_together_are_refused_in_the_settings(library: Library, size: int) -> None:
    """A multiple of 320 KiB, and at least one."""
    with pytest.raises(Exception, match="piece_bytes"):
        async with opened(library, piece_bytes=size):
            pass
