"""What the vendor posts to us: whose it is, how old it may be, and that one event is one however often it comes."""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from contracts.canonical.signing import EnvelopeState, SignerState
from contracts.problem import Kind, Problem
from contracts.system.signatures import Signatures
from kit.events.inbox import first_seen
from kit.serving import serving
from kit.settings import Secret
from kit.store import Store, migrate
from system_apis.docusign import Config
from system_apis.docusign.webhooks import notice, signed
from tests.system_apis.docusign.desk import KEY, REQUEST, Desk

pytestmark = pytest.mark.req(220, 225)

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
ACCOUNT = "fe0b61a3-3b9b-cafe-b7be-4592af32aa9b"
OLD, NEW = "the key until yesterday", "the key from today"
CONFIG = Config(
    auth_url="https://account.docusign.test",
    integration_key="i",
    user_id="u",
    private_key=Secret("k"),
    account_id=ACCOUNT,
)


def config(secret: str = "", retiring: str = "", **more: Any) -> Config:
    """Settings with these HMAC keys."""
    return replace(CONFIG, webhook_secret=Secret(secret), webhook_secret_retiring=Secret(retiring), **more)


class Listener:
    """Somebody to whom the vendor posts; refuses as often as told, and keeps what came."""

    def __init__(self, *, refuse: int = 0) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self._refuse = refuse

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Take a post."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.heard.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        status = 500 if len(self.heard) <= self._refuse else 204
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def event(at: dt.datetime = NOW, *, what: str = "envelope-sent", **more: Any) -> bytes:
    """An event as it is posted."""
    data = {"accountId": ACCOUNT, "userId": "u", "envelopeId": "e-1", **more}
    told = {"event": what, "generatedDateTime": at.isoformat(), "retryCount": 0, "configurationId": 7, "data": data}
    return msgspec.json.encode(told)


def headers(body: bytes, *secrets: str) -> dict[str, str]:
    """The signatures of a body, one for each key."""
    made = [base64.b64encode(hmac.digest(each.encode(), body, hashlib.sha256)).decode() for each in secrets]
    return {f"X-DocuSign-Signature-{number}": each for number, each in enumerate(made, start=1)}


async def heard(desk: Desk, listener: Listener, signing: Signatures, **connect: Any) -> Listener:
    """Somebody sends an envelope while a listener listens."""
    async with serving(listener) as url:
        desk.sandbox.seed({"connect": {"url": url, "secrets": [OLD, NEW], **connect}})
        await signing.send_envelope(envelope_id=KEY, body=REQUEST)
        desk.sandbox.seed({"connect": {}})
    return listener


async def test_what_the_vendor_posts_is_verified_and_read(desk: Desk, signing: Signatures) -> None:
    """While keys are rotated each of them is enough; the envelope comes whole, with its signers."""
    listener = await heard(desk, Listener(), signing, events=["envelope-sent", "recipient-sent"])
    now = desk.clock.now()
    notices = [
        notice(config(secret, retiring), headers=named, body=body, now=now)
        for secret, retiring in ((OLD, ""), (NEW, OLD), (NEW, ""))
        for named, body in listener.heard
    ]
    read = {one.event: one for one in notices}
    envelope = read["recipient-sent"].envelope

    assert {"envelope-sent", "recipient-sent"} == set(read)
    assert envelope == await signing.envelope(envelope_id=KEY)
    assert envelope is not None
    assert (EnvelopeState.SENT, SignerState.ASKED) == (envelope.state, envelope.signers[0].state)
    assert ["x-docusign-signature-1", "x-docusign-signature-2"] == sorted(
        name for name in listener.heard[0][0] if "signature" in name
    )


async def test_an_event_that_was_not_taken_comes_again_as_the_same(
    desk: Desk, signing: Signatures, tmp_path: Path
) -> None:
    """The number of the delivery is another, the identity is not: an inbox takes it in once."""
    listener = Listener(refuse=2)
    async with serving(listener) as url:
        desk.sandbox.seed({"connect": {"url": url, "secrets": [NEW], "events": ["envelope-sent"]}})
        await signing.send_envelope(envelope_id=KEY, body=REQUEST)
        for _ in range(3):
            desk.clock.advance(3600)
            await signing.envelope_changes()
    read = [notice(config(NEW), headers=named, body=body, now=desk.clock.now()) for named, body in listener.heard]
    address = f"sqlite:///{tmp_path / 'inbox.db'}"
    migrate(address)
    store = Store.at(address)
    taken = []
    for one in read:
        async with store.write() as connection:
            taken.append(await first_seen(connection, source="signatures-main", event_id=one.event_id, received_at=NOW))
    await store.close()

    assert [0, 1, 2] == [msgspec.json.decode(body)["retryCount"] for _, body in listener.heard]
    assert [True, False, False] == taken


async def test_two_events_are_two(desk: Desk, signing: Signatures) -> None:
    """Another signer, another state, another moment: another identity."""
    bodies = [
        event(),
        event(what="envelope-voided"),
        event(NOW - dt.timedelta(seconds=1)),
        event(recipientId="1"),
        event(recipientId="2"),
        event(envelopeId="e-2"),
    ]
    read = [notice(config(NEW), headers=headers(body, NEW), body=body, now=NOW) for body in bodies]

    assert len(bodies) == len({one.event_id for one in read})


@pytest.mark.parametrize(
    ("secrets", "given"),
    [
        ((), headers(event(), NEW)),
        ((NEW,), {}),
        ((NEW,), headers(event(), OLD)),
        ((NEW,), headers(event(what="envelope-completed"), NEW)),
        ((NEW,), {"X-DocuSign-Signature-1": "é"}),
        ((NEW,), {"X-DocuSign-Signature": headers(event(), NEW)["X-DocuSign-Signature-1"]}),
        (("",), headers(event(), "")),
    ],
    ids=["no key of ours", "no signature", "another key", "another body", "no base64", "another header", "empty key"],
)
def test_a_signature_that_no_key_of_ours_makes_is_refused(secrets: tuple[str, ...], given: dict[str, str]) -> None:
    """Whatever the body says; and without a key of ours nothing is believed at all."""
    with pytest.raises(Problem) as refused:
        notice(config(*secrets), headers=given, body=event(), now=NOW)

    assert (Kind.UNAUTHENTICATED, "webhook_signature_invalid") == (refused.value.kind, refused.value.code)


def test_a_body_is_verified_as_it_came() -> None:
    """A space more is another body."""
    body = event()

    assert signed(body, headers=headers(body, NEW), keys=[NEW.encode()])
    assert not signed(body + b" ", headers=headers(body, NEW), keys=[NEW.encode()])


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (event(NOW - dt.timedelta(days=17)), Kind.INVALID, "webhook_too_old"),
        (event(NOW + dt.timedelta(minutes=6)), Kind.INVALID, "webhook_from_the_future"),
        (event(accountId="00000000-0000-4000-8000-000000000000"), Kind.FORBIDDEN, "webhook_account_unknown"),
        (
            event().replace(b'"generatedDateTime":"2026', b'"generatedDateTime":"soon'),
            Kind.INVALID,
            "webhook_unreadable",
        ),
        (event().replace(b"2026-11-20T09:00:00+00:00", b""), Kind.INVALID, "webhook_unreadable"),
        (b"<DocuSignEnvelopeInformation/>", Kind.INVALID, "webhook_unreadable"),
        (b'{"event":"envelope-sent"}', Kind.INVALID, "webhook_unreadable"),
        (b" " * 1_000_001, Kind.TOO_LARGE, "webhook_too_large"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_signed_may_still_be_refused(body: bytes, kind: Kind, code: str) -> None:
    """Too old for any delivery, of a moment to come, of another account, in another format, beyond all measure."""
    with pytest.raises(Problem) as refused:
        notice(config(NEW), headers=headers(body, NEW), body=body, now=NOW)

    assert (kind, code) == (refused.value.kind, refused.value.code)


def test_a_delivery_that_is_tried_again_for_days_is_taken() -> None:
    """The vendor tries for fifteen of them; what is older is a replay that no inbox may remember any more."""
    body = event(NOW - dt.timedelta(days=15))

    assert "envelope-sent" == notice(config(NEW), headers=headers(body, NEW), body=body, now=NOW).event


async def test_an_envelope_that_is_not_ours_is_none(desk: Desk) -> None:
    """The account may have other senders; their envelopes are verified, named and left alone."""
    summary = {"envelopeId": "e-1", "status": "sent", "createdDateTime": "2026-11-20T09:00:00.0000000Z"}
    body = event(envelopeSummary=summary)
    read = notice(config(NEW, account_id=""), headers=headers(body, NEW), body=body, now=NOW)

    assert (None, NOW) == (read.envelope, read.happened_at)


async def test_nobody_signs_for_the_vendor(desk: Desk, signing: Signatures) -> None:
    """A state that somebody writes into an event of the vendor's is not believed, whosever signature he adds."""
    listener = await heard(desk, Listener(), signing, events=["envelope-sent"])
    ((given, body),) = listener.heard
    forged = body.replace(b'"sent"', b'"completed"')
    for named in (headers(forged, "a key of his own"), given):
        with pytest.raises(Problem, match="webhook_signature_invalid"):
            notice(config(NEW), headers=named, body=forged, now=desk.clock.now())

    assert notice(config(NEW), headers=httpx.Headers(given), body=body, now=desk.clock.now()).envelope
