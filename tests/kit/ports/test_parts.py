import httpx
import pytest

from contracts.port import Download, download
from contracts.problem import Problem
from kit.caller import Caller, calling
from kit.ports import connect, serve
from kit.ports.parts import answered
from kit.serving import serving

TEXT = b"0123456789"
ETAG = answered(Download(content=TEXT), media="text/plain", headers={}).headers["ETag"]


@pytest.mark.parametrize(
    ("headers", "status", "content", "stretch"),
    [
        ({}, 200, TEXT, None),
        ({"range": "bytes=0-3"}, 206, b"0123", "bytes 0-3/10"),
        ({"range": "bytes=4-"}, 206, b"456789", "bytes 4-9/10"),
        ({"range": "bytes=8-99"}, 206, b"89", "bytes 8-9/10"),
        ({"range": "bytes=-3"}, 206, b"789", "bytes 7-9/10"),
        ({"range": "bytes=-99"}, 206, TEXT, "bytes 0-9/10"),
        ({"range": "bytes=4-", "if-range": ETAG}, 206, b"456789", "bytes 4-9/10"),
        ({"range": "bytes=4-", "if-range": '"another"'}, 200, TEXT, None),
        ({"range": "bytes=0-1,4-5"}, 200, TEXT, None),
        ({"range": "bytes=5-4"}, 200, TEXT, None),
        ({"range": "bytes=-"}, 200, TEXT, None),
        ({"range": "lines=1-2"}, 200, TEXT, None),
        ({"if-none-match": ETAG}, 304, b"", None),
        ({"if-none-match": '"another"'}, 200, TEXT, None),
    ],
)
def test_a_file_is_answered_as_it_was_asked_for(
    headers: dict[str, str], status: int, content: bytes, stretch: str | None
) -> None:
    """One range of bytes, for as long as the file is the same; whatever is no such range is answered whole."""
    answer = answered(Download(content=TEXT), media="text/plain", headers=headers)

    assert (status, content, stretch) == (answer.status_code, answer.content, answer.headers.get("Content-Range"))
    assert (ETAG, "bytes") == (answer.headers["ETag"], answer.headers["Accept-Ranges"])


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(asked: str) -> None:
    """416, with the size of the file."""
    with pytest.raises(Problem) as refused:
        answered(Download(content=TEXT), media="text/plain", headers={"range": asked})

    assert (416, "the file has 10 bytes") == (refused.value.status, refused.value.detail)


class Files:
    """A contract with one file."""

    @download("/file", scope="files:read", media="text/plain")
    async def file(self, *, cursor: str = "") -> Download:
        """Ten digits, or none after them."""
        return Download(content=b"") if cursor else Download(content=TEXT, next_cursor="a b&c")


async def test_a_file_stands_at_both_ends_of_a_contract() -> None:
    """Over HTTP a caller gets the content and the cursor of the next file; its type is what the contract states."""
    from litestar import Litestar

    app = Litestar([serve(Files, Files(), "/files")], openapi_config=None)

    async def entered(scope: object, receive: object, send: object) -> None:
        with calling(Caller(subject="x", scopes=frozenset({"files:read"}))):
            await app(scope, receive, send)  # type: ignore[arg-type] # as any ASGI server calls it

    async with serving(entered) as url, httpx.AsyncClient(base_url=url) as http:
        first = await connect(Files, http, prefix="/files").file()
        last = await connect(Files, http, prefix="/files").file(cursor=first.next_cursor)
        raw = await http.get("/files/file")

    assert (TEXT, "a b&c") == (first.content, first.next_cursor)
    assert (b"", "") == (last.content, last.next_cursor)
    assert raw.headers["content-type"].startswith("text/plain")
