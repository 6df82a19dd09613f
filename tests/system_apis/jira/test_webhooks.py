"""Webhooks: what the site posts, over a socket, and what the room makes of it."""

import hashlib
import hmac
from collections.abc import MutableMapping
from typing import Any

import pytest

from contracts.problem import Kind, Problem
from contracts.system.tickets import TicketDesk
from kit.serving import serving
from kit.settings import Secret
from system_apis.jira.webhooks import notice
from tests.system_apis.jira.site import KEY, Site, put

pytestmark = pytest.mark.req(51, 4)

SECRET = Secret("an administrator's secret")


class Listener:
    """Somebody who takes posts, or does not."""

    def __init__(self) -> None:
        self.status = 204
        self.heard: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Keep a post and answer it."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.heard.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def heard(site: Site, desk: TicketDesk) -> list[tuple[dict[str, str], bytes]]:
    """Posts about one ticket: opened, refused once and sent again, then changed by a person."""
    listener = Listener()
    async with serving(listener) as target:
        events = ["jira:issue_created", "jira:issue_updated"]
        site.sandbox.seed({"webhooks": [{"url": target, "secret": SECRET.reveal(), "events": events}]})
        listener.status = 503
        await put(desk)
        listener.status = 204
        site.clock.advance(301)
        await site.ask("PUT", f"/issue/{KEY}-1", {"fields": {"summary": "x"}}, status=204)
        site.sandbox.seed({"webhooks": []})
    return listener.heard


async def test_a_notice_is_verified_and_known_again(site: Site, desk: TicketDesk) -> None:
    """One that was not taken comes again under the same number, and says that it does."""
    read = [notice(headers, body, secret=SECRET) for headers, body in await heard(site, desk)]
    standing = await desk.ticket(board_id="brd-1", ticket_id="tsk-1")

    assert [("jira:issue_created", 0), ("jira:issue_created", 1), ("jira:issue_updated", 0)] == [
        (one.event, one.retry) for one in read
    ]
    assert (True, False) == (read[0].identifier == read[1].identifier, read[0].identifier == read[2].identifier)
    assert {standing.external_id} == {one.issue_id for one in read}


@pytest.mark.parametrize("forged", ["none", "body", "secret", "method", "empty secret"])
async def test_a_post_that_is_not_signed_by_our_secret_is_refused(site: Site, desk: TicketDesk, forged: str) -> None:
    """Without a signature, over other bytes, by another secret or method, or while we have no secret at all."""
    headers, body = (await heard(site, desk))[0]
    signature = headers["x-hub-signature"]
    changed = {
        "none": ({**headers, "x-hub-signature": ""}, body, SECRET),
        "body": (headers, body + b" ", SECRET),
        "secret": (headers, body, Secret("another")),
        "method": ({**headers, "x-hub-signature": signature.replace("sha256", "sha1")}, body, SECRET),
        "empty secret": (headers, body, Secret("")),
    }
    given, content, secret = changed[forged]
    with pytest.raises(Problem) as refused:
        notice(given, content, secret=secret)

    assert (Kind.UNAUTHENTICATED, "webhook_unsigned") == (refused.value.kind, refused.value.code)


async def test_a_signed_post_that_is_no_notice_is_invalid(site: Site, desk: TicketDesk) -> None:
    """Without a number it could be taken twice; about what is no issue there is nothing to ask."""
    headers, body = (await heard(site, desk))[0]
    del headers["x-atlassian-webhook-identifier"]
    with pytest.raises(Problem) as unnumbered:
        notice(headers, body, secret=SECRET)

    other = b'{"webhookEvent":"jira:version_released"}'
    signature = hmac.new(SECRET.reveal().encode(), other, hashlib.sha256).hexdigest()
    with pytest.raises(Problem) as unreadable:
        notice({"x-hub-signature": f"sha256={signature}"}, other, secret=SECRET)

    assert (Kind.INVALID, "webhook_unreadable") == (unreadable.value.kind, unreadable.value.code)
    assert (Kind.INVALID, "webhook_unnumbered") == (unnumbered.value.kind, unnumbered.value.code)
