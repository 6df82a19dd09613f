"""The simulated site's uploads, delta, batches and subscriptions, as their papers tell them."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import pytest

from kit.serving import serving
from tests.system_apis.sharepoint.library import PIECE, Library
from tests.system_apis.sharepoint.test_simulator import code

pytestmark = pytest.mark.req(46)


async def session(library: Library, name: str = "large.bin", **item: str) -> str:
    """The address of a new upload session."""
    answer = await library.person.post(f"{library.drive}/root:/{name}:/createUploadSession", json={"item": item})
    assert 200 == answer.status_code, answer.text
    return str(answer.json()["uploadUrl"])


async def piece(library: Library, address: str, content: bytes, told: str) -> httpx.Response:
    """Send a piece as a client without a token does."""
    async with httpx.AsyncClient(transport=library.line) as http:
        return await http.put(address, content=content, headers={"Content-Range": f"bytes {told}"})


async def test_pieces_come_in_order_and_in_multiples(library: Library) -> None:
    """What overlaps or leaves a gap is refused with what it is; the rest of the session holds."""
    address, total = await session(library), 2 * PIECE + 5
    first = await piece(library, address, b"a" * PIECE, f"0-{PIECE - 1}/{total}")
    assert (202, [f"{PIECE}-{total - 1}"]) == (first.status_code, first.json()["nextExpectedRanges"])
    overlap = await piece(library, address, b"a" * PIECE, f"0-{PIECE - 1}/{total}")
    gap = await piece(library, address, b"a" * 5, f"{2 * PIECE}-{total - 1}/{total}")
    odd = await piece(library, address, b"a" * 7, f"{PIECE}-{PIECE + 6}/{total}")
    wrong = await piece(library, address, b"a", f"{PIECE}-{PIECE + 6}/{total}")
    assert [(416, "fragmentOverlap"), (416, "fragmentOutOfOrder")] == [
        (each.status_code, each.json()["error"]["innerError"]["code"]) for each in (overlap, gap)
    ]
    assert [(400, "invalidRequest")] * 2 == [code(each) for each in (odd, wrong)]

    await piece(library, address, b"a" * PIECE, f"{PIECE}-{2 * PIECE - 1}/{total}")
    last = await piece(library, address, b"a" * 5, f"{2 * PIECE}-{total - 1}/{total}")
    assert (201, total) == (last.status_code, last.json()["size"])
    assert (404, "itemNotFound") == code(await library.person.get(address, headers={"Authorization": ""}))


async def test_a_session_takes_no_token_and_ends(library: Library) -> None:
    """A header with a token is refused; unused it is gone after hours; thrown away it is gone at once."""
    address = await session(library)
    assert (401, "unauthenticated") == code(await library.person.get(address))
    async with httpx.AsyncClient(transport=library.line) as http:
        assert ["0-"] == (await http.get(address)).json()["nextExpectedRanges"]
        other = await session(library, "other.bin")
        assert 204 == (await http.delete(other)).status_code
        assert (404, "itemNotFound") == code(await http.get(other))
        library.sandbox.advance(7 * 3600)
        assert (404, "itemNotFound") == code(await http.get(address))


async def test_a_name_is_looked_at_when_a_session_begins_and_when_it_ends(library: Library) -> None:
    """Somebody may take it meanwhile."""
    behaviour = {"@microsoft.graph.conflictBehavior": "fail"}
    address = await session(library, **behaviour)
    await library.put("/large.bin", b"theirs")
    last = await piece(library, address, b"ours", "0-3/4")
    begun = await library.person.post(f"{library.drive}/root:/large.bin:/createUploadSession", json={"item": behaviour})

    assert [(409, "nameAlreadyExists")] * 2 == [code(each) for each in (last, begun)]


async def test_delta_tells_changes_once_in_order_and_forgets(library: Library) -> None:
    """Deleted items by their id alone, folders above with what lies in them, 410 with a fresh start after a month."""
    item = (await library.put("/a/b.txt", b"x")).json()["id"]
    first = (await library.person.get(f"{library.root}/delta", params={"$top": 2})).json()
    second = (await library.person.get(first["@odata.nextLink"])).json()
    names = [[one["name"] for one in page["value"]] for page in (first, second)]
    assert {"root", "a", "b.txt"} == {name for page in names for name in page}
    link = second["@odata.deltaLink"]
    assert [] == (await library.person.get(link)).json()["value"]

    await library.person.delete(f"{library.drive}/items/{item}")
    third = (await library.person.get(link)).json()
    gone = [one for one in third["value"] if "deleted" in one]
    assert [(item, False)] == [(one["id"], "name" in one) for one in gone]
    fourth = (await library.person.get(third["@odata.nextLink"])).json()
    assert {"root", "a"} == {one["name"] for one in third["value"] + fourth["value"] if "deleted" not in one}

    library.sandbox.advance(31 * 86400)
    resync = await library.person.get(link)
    assert (410, "resyncRequired") == code(resync)
    assert "resyncChangesApplyDifferences" == resync.json()["error"]["innerError"]["code"]
    fresh = (await library.person.get(resync.headers["location"])).json()
    assert {"root", "a"} == {one["name"] for one in fresh["value"]}
    latest = (await library.person.get(f"{library.root}/delta?token=latest")).json()
    assert ([], True) == (latest["value"], "@odata.deltaLink" in latest)


async def test_a_batch_fails_part_by_part(library: Library) -> None:
    """The whole says 200; a part is refused, or turned away with its own wait, by itself; in any order."""
    drive = library.drive.removeprefix("/v1.0")
    parts = [
        {"id": "1", "method": "GET", "url": f"{drive}/root"},
        {"id": "2", "method": "GET", "url": f"{drive}/items/none"},
    ]
    answer = await library.person.post("/v1.0/$batch", json={"requests": parts})
    told = {part["id"]: part for part in answer.json()["responses"]}
    assert (200, 200, 404) == (answer.status_code, told["1"]["status"], told["2"]["status"])
    assert "itemNotFound" == told["2"]["body"]["error"]["code"]

    library.sandbox.seed({"turn_away": [{"retry_after_s": 9}]})
    again = (await library.person.post("/v1.0/$batch", json={"requests": parts})).json()["responses"]
    assert [("1", 429, "9")] == [(p["id"], p["status"], p["headers"]["Retry-After"]) for p in again if p["id"] == "1"]


@pytest.mark.parametrize("ids", [[], ["1", "1"], [""], [str(number) for number in range(21)]])
async def test_a_batch_has_one_to_twenty_parts_with_ids(library: Library, ids: list[str]) -> None:
    """Anything else is refused as a whole."""
    parts = [{"id": each, "method": "GET", "url": "/drives/x/root"} for each in ids]

    assert (400, "BadRequest") == code(await library.person.post("/v1.0/$batch", json={"requests": parts}))


@dataclass
class Listener:
    """Somebody who wants to be told; `echo` is what is made of the token of the handshake."""

    echo: str = "{token}"
    media: bytes = b"text/plain"
    status: int = 202
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = (await receive()).get("body", b"")
        token = httpx.QueryParams(scope["query_string"].decode()).get("validationToken")
        if token is None:
            self.heard += msgspec.json.decode(body)["value"]
        told = b"" if token is None else self.echo.format(token=token).encode()
        status = self.status if token is None else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", self.media)]})
        await send({"type": "http.response.body", "body": told})


@asynccontextmanager
async def listening(library: Library, listener: Listener, **more: Any) -> AsyncIterator[httpx.Response]:
    """A listener, and the answer to its subscription."""
    async with serving(listener) as url:
        ends = library.sandbox.now() + dt.timedelta(hours=1)
        wish = {
            "changeType": "updated",
            "notificationUrl": f"{url}/hook",
            "resource": library.drive.removeprefix("/v1.0").replace("%21", "!") + "/root",
            "expirationDateTime": ends.isoformat(),
            "clientState": "ours",
            **more,
        }
        yield await library.person.post("/v1.0/subscriptions", json=wish)


async def test_a_subscriber_is_told_where_to_look_and_no_more(library: Library) -> None:
    """After the handshake, once a change; with the client's own words, for there is no signature."""
    listener = Listener()
    async with listening(library, listener) as made:
        assert 201 == made.status_code
        assert [] == listener.heard
        await library.put("/a.txt", b"x")
        (told,) = listener.heard
        await library.person.get(f"{library.drive}/root")

    assert 1 == len(listener.heard)
    assert (made.json()["id"], "ours", "updated") == (told["subscriptionId"], told["clientState"], told["changeType"])
    assert "resourceData" not in told


@pytest.mark.parametrize(
    ("listener", "more"),
    [
        (Listener(echo="other"), {}),
        (Listener(media=b"application/json"), {}),
        (Listener(), {"changeType": "created"}),
        (Listener(), {"clientState": "x" * 129}),
        (Listener(), {"expirationDateTime": "2099-01-01T00:00:00Z"}),
        (Listener(), {"expirationDateTime": "soon"}),
        (Listener(), {"notificationUrl": "http://example.test/hook"}),
        (Listener(), {"resource": "/users"}),
    ],
    ids=["token", "media", "kind", "state", "too long", "no moment", "not https", "resource"],
)
async def test_a_subscription_that_does_not_fit_is_refused(
    library: Library, listener: Listener, more: dict[str, Any]
) -> None:
    """The handshake, its media type, and the rules of what may be asked."""
    async with listening(library, listener, **more) as made:
        assert (400, "invalidRequest") == code(made)
    assert [] == (await library.person.get("/v1.0/subscriptions")).json()["value"]


async def test_a_subscription_ends_silently_unless_it_is_renewed(library: Library) -> None:
    """Nobody is told of its end; renewed it goes on."""
    listener = Listener()
    async with listening(library, listener) as made:
        at = f"/v1.0/subscriptions/{made.json()['id']}"
        later = {"expirationDateTime": (library.sandbox.now() + dt.timedelta(days=2)).isoformat()}
        assert 200 == (await library.person.patch(at, json=later)).status_code
        library.sandbox.advance(2 * 3600)
        await library.put("/a.txt", b"x")
        assert 1 == len(listener.heard)
        library.sandbox.advance(2 * 86400)
        await library.put("/b.txt", b"x")

    assert 1 == len(listener.heard)
    assert (404, "ResourceNotFound") == code(await library.person.get(at))


async def test_what_is_not_taken_is_told_again(library: Library) -> None:
    """A minute later, for four hours."""
    listener = Listener(status=503)
    async with listening(library, listener):
        await library.put("/a.txt", b"x")
        await library.person.get(f"{library.drive}/root")
        assert 1 == len(listener.heard)
        listener.status = 202
        library.sandbox.advance(61)
        await library.person.get(f"{library.drive}/root")
        await library.person.get(f"{library.drive}/root")

    assert 2 == len(listener.heard)
