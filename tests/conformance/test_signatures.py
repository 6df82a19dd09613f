"""What every signing system has to do; a new vendor is tried without an edit here.

People act by the room's `fixtures/signs.json` and `declines.json`, with `${envelope.id}` and `${signer.email}`.
"""

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from typing import Final

import pytest
from msgspec.structs import replace

from contracts.canonical.signing import (
    Envelope,
    EnvelopeState,
    Signer,
    SignerState,
    SigningDocument,
    SigningRequest,
    Voiding,
)
from contracts.problem import Kind, Problem
from kit.cli.story import play, script
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import IN_DOUBT, Connected, connected, kind_of, serving_role

KEY: Final = "acme--sow--SOW-2026-0117--send--r1"
CUSTOMER, SELLER = "claire.moreau@northwind.example", "dana.okafor@sluicegate.example"
REQUEST: Final = SigningRequest(
    subject="Statement of work SOW-2026-0117",
    message="Please sign.",
    documents=[SigningDocument(name="SOW-2026-0117", extension="txt", content=b"Managed cloud EMEA, EUR 1,420,000.00")],
    signers=[
        Signer(name="Claire Moreau", email=CUSTOMER, turn=1),
        Signer(name="Dana Okafor", email=SELLER, turn=2),
    ],
    expires_after_days=30,
)
VOIDING: Final = Voiding(reason="the scope has changed")


@pytest.fixture(params=serving_role("signatures"))
async def signing(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "signatures") as opened:
        yield opened


async def send(signing: Connected, key: str = KEY, request: SigningRequest = REQUEST) -> Envelope:
    sent: Envelope = await signing.role.send_envelope(envelope_id=key, body=request)
    return sent


async def act(signing: Connected, name: str, envelope: Envelope, email: str) -> None:
    """Let a signer act at the vendor's own screen."""
    saved = {"envelope": {"id": envelope.external_id}, "signer": {"email": email}}
    steps = script(signing.vendor.path / "fixtures" / name)
    await play(steps, base_url=signing.simulated.url, headers=signing.simulated.person, saved=saved)


async def completed(signing: Connected, key: str = KEY) -> Envelope:
    envelope = await send(signing, key)
    for email in (CUSTOMER, SELLER):
        await act(signing, "signs.json", envelope, email)
    found: Envelope = await signing.role.envelope(envelope_id=key)
    return found


@pytest.mark.req(148, 243)
async def test_sending_twice_is_sending_once(signing: Connected) -> None:
    """The envelope that stands is returned as it is, also to many who ask at once, and is found by our key."""
    first = await send(signing)
    others = await asyncio.gather(*(send(signing) for _ in range(4)))
    found = await signing.role.envelope(envelope_id=KEY)

    assert [first] * 4 == others
    assert first == found
    assert (KEY, EnvelopeState.SENT, REQUEST.subject) == (found.envelope_id, found.state, found.subject)
    assert found.sent_at is not None
    assert found.expires_at is not None
    assert dt.timedelta(days=30) == found.expires_at - found.sent_at


@pytest.mark.req(148)
async def test_signers_are_asked_in_their_turn(signing: Connected) -> None:
    """Who comes second waits for the first, and what each has done can be read."""
    sent = await send(signing)
    await act(signing, "signs.json", sent, CUSTOMER)
    half = await signing.role.envelope(envelope_id=KEY)

    assert [(CUSTOMER, 1, SignerState.ASKED), (SELLER, 2, SignerState.WAITING)] == [
        (signer.email, signer.turn, signer.state) for signer in sent.signers
    ]
    assert [SignerState.SIGNED, SignerState.ASKED] == [signer.state for signer in half.signers]
    assert half.signers[0].signed_at is not None
    assert half.signers[1].signed_at is None


@pytest.mark.req(148, 190)
async def test_a_signed_envelope_gives_its_proof(signing: Connected) -> None:
    """Documents and certificate with their hashes, who signed and when, tied to what was sent; the same again."""
    sent = await send(signing)
    early = await kind_of(signing.role.evidence(envelope_id=KEY))
    done = await completed(signing)
    proof = await signing.role.evidence(envelope_id=KEY)

    assert Kind.CONFLICT is early
    assert (EnvelopeState.COMPLETED, sent.content_hash) == (done.state, proof.content_hash)
    assert (KEY, sent.external_id, done.completed_at) == (proof.envelope_id, proof.external_id, proof.completed_at)
    assert [CUSTOMER, SELLER] == [signer.email for signer in proof.signers if signer.signed_at]
    for document in (proof.signed, proof.certificate):
        assert hashlib.sha256(document.content).hexdigest() == document.sha256
        assert ("application/pdf", b"%PDF-") == (document.media_type, document.content[:5])
    assert proof == await signing.role.evidence(envelope_id=KEY)


@pytest.mark.req(148)
async def test_an_envelope_is_taken_back_once(signing: Connected) -> None:
    """Voided with its reason, however often; the key stays spent, so that nobody is asked again by mistake."""
    await send(signing)
    first = await signing.role.void_envelope(envelope_id=KEY, body=VOIDING)
    again = await signing.role.void_envelope(envelope_id=KEY, body=Voiding(reason="another reason"))
    repeated = await send(signing)

    assert (EnvelopeState.VOIDED, VOIDING.reason) == (first.state, first.void_reason)
    assert first == again == repeated


@pytest.mark.req(148)
async def test_what_has_ended_is_not_taken_back(signing: Connected) -> None:
    """A completed and a declined envelope are conflicts; the reason of who declined can be read."""
    await completed(signing)
    refused = await send(signing, "acme--co--CO-1--send--r1")
    await act(signing, "declines.json", refused, CUSTOMER)
    declined = await signing.role.envelope(envelope_id="acme--co--CO-1--send--r1")
    kinds = [
        await kind_of(signing.role.void_envelope(envelope_id=key, body=VOIDING))
        for key in (KEY, "acme--co--CO-1--send--r1")
    ]

    assert [Kind.CONFLICT] * 2 == kinds
    assert (EnvelopeState.DECLINED, SignerState.DECLINED) == (declined.state, declined.signers[0].state)
    assert declined.signers[0].decline_reason
    assert declined.signers[0].declined_at is not None


@pytest.mark.req(243)
async def test_another_wish_under_the_same_key_is_refused(signing: Connected) -> None:
    """Nothing that was sent is changed behind its signers' backs."""
    sent = await send(signing)
    other = replace(REQUEST, documents=[replace(REQUEST.documents[0], content=b"EUR 1,520,000.00")])
    with pytest.raises(Problem) as refused:
        await send(signing, request=other)

    assert (Kind.CONFLICT, "envelope_differs") == (refused.value.kind, refused.value.code)
    assert sent == await signing.role.envelope(envelope_id=KEY)


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.TRUNCATE])
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.req(245)
async def test_an_answer_lost_after_the_effect_asks_nobody_twice(
    signing: Connected, kind: FaultKind, method: str
) -> None:
    """Whichever call loses its answer, one envelope is sent; taking it back survives the same."""
    signing.sandbox.faults.append(Fault(kind=kind, method=method, path="/", contains="envelopes", times=1))
    lost = await kind_of(send(signing))
    signing.sandbox.faults.clear()
    sent = await send(signing)
    signing.sandbox.faults.append(Fault(kind=kind, method="PUT", path="/", contains="envelopes", times=1))
    voiding = await kind_of(signing.role.void_envelope(envelope_id=KEY, body=VOIDING))
    signing.sandbox.faults.clear()
    voided = await signing.role.void_envelope(envelope_id=KEY, body=VOIDING)
    page = await signing.role.envelope_changes()

    assert {lost, voiding} <= IN_DOUBT
    assert sent.external_id == voided.external_id
    assert [sent.external_id] == [one.external_id for one in page.envelopes]


@pytest.mark.req(239)
async def test_changes_are_told_once_the_cursor_moves(signing: Connected) -> None:
    """What changed since comes again with its new state; nothing changed, nothing comes; pages may be of one."""
    for number in range(3):
        await send(signing, f"acme--sow--{number}--send--r1")
    first = await signing.role.envelope_changes()
    quiet = await signing.role.envelope_changes(cursor=first.cursor)
    await signing.role.void_envelope(envelope_id="acme--sow--1--send--r1", body=VOIDING)
    told: list[Envelope] = []
    cursor = first.cursor
    while (page := await signing.role.envelope_changes(cursor=cursor, limit=1)).envelopes:
        told += page.envelopes
        cursor = page.cursor

    assert {f"acme--sow--{number}--send--r1" for number in range(3)} == {one.envelope_id for one in first.envelopes}
    assert [] == quiet.envelopes
    assert [("acme--sow--1--send--r1", EnvelopeState.VOIDED)] == [(one.envelope_id, one.state) for one in told]


@pytest.mark.req(253)
async def test_a_tampered_cursor_is_refused(signing: Connected) -> None:
    """A cursor is ours alone; anything else is invalid, not an empty page; so is a limit out of range."""
    kinds = [
        await kind_of(signing.role.envelope_changes(cursor="not-a-cursor")),
        await kind_of(signing.role.envelope_changes(limit=0)),
    ]

    assert [Kind.INVALID] * 2 == kinds


async def test_an_unknown_envelope_is_not_found(signing: Connected) -> None:
    """Whatever is asked of it."""
    kinds = [
        await kind_of(signing.role.envelope(envelope_id="no-such")),
        await kind_of(signing.role.evidence(envelope_id="no-such")),
        await kind_of(signing.role.void_envelope(envelope_id="no-such", body=VOIDING)),
    ]

    assert [Kind.NOT_FOUND] * 3 == kinds


async def test_what_the_vendor_cannot_send_is_invalid_and_leaves_the_key_free(signing: Connected) -> None:
    """A file that is not what it says is refused; put right, the same key takes it."""
    wrong = replace(REQUEST, documents=[SigningDocument(name="SOW", extension="pdf", content=b"no PDF at all")])
    refused = await kind_of(send(signing, request=wrong))
    sent = await send(signing)

    assert (Kind.INVALID, EnvelopeState.SENT) == (refused, sent.state)


async def test_a_connection_says_what_it_is(signing: Connected) -> None:
    """Vendor and role are those of the manifest."""
    able = await signing.role.capabilities()

    assert (signing.vendor.name, True) == (able.vendor, "signatures" in able.roles)
