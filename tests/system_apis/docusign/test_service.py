"""The room on one account: one envelope under one key, whoever asks how often, and what people make of it."""

import asyncio
import datetime as dt

import msgspec
import pytest
from msgspec.structs import replace

from contracts.canonical.capability import FeedKind, UpsertKind
from contracts.canonical.signing import EnvelopeState, Signer, SignerState
from contracts.problem import Kind, Problem
from contracts.system.signatures import Signatures
from tests.conformance.connected import kind_of
from tests.system_apis.docusign.desk import CUSTOMER, KEY, REQUEST, SELLER, VOIDING, Desk, opened

pytestmark = pytest.mark.req(148, 243)

FOREIGN = {
    "status": "sent",
    "emailSubject": "Somebody else's",
    "documents": [{"documentId": "1", "name": "d", "fileExtension": "txt", "documentBase64": "eA=="}],
    "recipients": {"signers": [{"recipientId": "1", "name": "X", "email": "x@northwind.example"}]},
}


def bearing(key: str, content_hash: str, *, status: str = "created") -> dict[str, object]:
    """An envelope that somebody with our key made."""
    fields = [{"name": "sluice_key", "value": key}, {"name": "sluice_content", "value": content_hash}]
    return {**FOREIGN, "status": status, "customFields": {"textCustomFields": fields}}


async def test_a_draft_is_made_before_anybody_is_asked(desk: Desk, signing: Signatures) -> None:
    """Look, create a draft, look, send it, look: and never a read of the envelope itself, which is rationed."""
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)
    for _ in range(10):
        await signing.envelope(envelope_id=KEY)

    assert [201] == desk.served("/envelopes", "POST")
    assert [200] == desk.served(f"/envelopes/{sent.external_id}", "PUT")
    assert [] == desk.served(f"/envelopes/{sent.external_id}", "GET")


async def test_our_key_and_hash_stand_on_the_envelope(desk: Desk, signing: Signatures) -> None:
    """As custom fields that the signers do not see, with a transaction id that follows from the key."""
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)
    told = (await desk.call("GET", f"/envelopes/{sent.external_id}", params={"include": "custom_fields"})).json()
    fields = {each["name"]: (each["value"], each["show"]) for each in told["customFields"]["textCustomFields"]}

    assert {"sluice_key": (KEY, "false"), "sluice_content": (sent.content_hash, "false")} == fields
    assert 36 == len(told["transactionId"])


async def test_two_processes_at_once_ask_the_signers_once(desk: Desk) -> None:
    """Each makes a draft at worst; both send the same one, and the other goes."""
    async with opened(desk) as one, opened(desk) as other:
        sent = await asyncio.gather(*(each.send_envelope(envelope_id=KEY, body=REQUEST) for each in (one, other) * 3))

    assert 1 == len({each.external_id for each in sent})
    assert 1 == desk.states().count("sent")
    assert set(desk.states()) <= {"sent", "deleted"}


async def test_a_twin_draft_is_thrown_away(desk: Desk, signing: Signatures) -> None:
    """One that a lost answer left: the older is sent, the younger is not."""
    content_hash = (await signing.send_envelope(envelope_id="other", body=REQUEST)).content_hash
    ids = []
    for _ in range(2):
        ids.append((await desk.call("POST", "/envelopes", json=bearing(KEY, content_hash))).json()["envelopeId"])
        desk.clock.advance(1)
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert ids[0] == sent.external_id
    assert ["deleted", "sent", "sent"] == desk.states()


async def test_twins_beyond_a_page_are_all_thrown_away(desk: Desk, signing: Signatures) -> None:
    """The vendor hands them out a hundred at a time; the oldest of all is sent."""
    content_hash = (await signing.send_envelope(envelope_id="other", body=REQUEST)).content_hash
    twin = bearing(KEY, content_hash)
    ids = [(await desk.call("POST", "/envelopes", json=twin)).json()["envelopeId"] for _ in range(101)]
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert ids[0] == sent.external_id
    assert (100, 2) == (desk.states().count("deleted"), desk.states().count("sent"))


async def test_a_draft_with_another_content_is_replaced(desk: Desk, signing: Signatures) -> None:
    """Nobody has seen it, so it is no promise."""
    await desk.call("POST", "/envelopes", json=bearing(KEY, "f" * 64))
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert REQUEST.subject == sent.subject
    assert ["deleted", "sent"] == desk.states()


async def test_two_envelopes_that_were_sent_are_for_a_person(desk: Desk, signing: Signatures) -> None:
    """Nothing is chosen; once somebody has voided one of them, the other stands."""
    first = await signing.send_envelope(envelope_id=KEY, body=REQUEST)
    twin = bearing(KEY, first.content_hash, status="sent")
    second = (await desk.call("POST", "/envelopes", json=twin)).json()["envelopeId"]
    kinds = [
        await kind_of(signing.envelope(envelope_id=KEY)),
        await kind_of(signing.send_envelope(envelope_id=KEY, body=REQUEST)),
        await kind_of(signing.void_envelope(envelope_id=KEY, body=VOIDING)),
    ]
    await desk.call("PUT", f"/envelopes/{second}", json={"status": "voided", "voidedReason": "a twin"})

    assert [Kind.CONFLICT] * 3 == kinds
    assert first == await signing.envelope(envelope_id=KEY)


async def test_a_key_is_found_as_it_is_written(desk: Desk, signing: Signatures) -> None:
    """The vendor's search knows neither case nor whole words for sure; a key that is nearly ours is not ours."""
    await desk.call("POST", "/envelopes", json=bearing(KEY.upper(), "f" * 64, status="sent"))

    assert Kind.NOT_FOUND is await kind_of(signing.envelope(envelope_id=KEY))


@pytest.mark.parametrize("key", ["", "-a", "a=b", "a%", "a b", "k" * 101, "ключ"])
async def test_a_key_that_cannot_be_searched_is_refused(desk: Desk, signing: Signatures, key: str) -> None:
    """Before anything is asked of the vendor; nothing of a caller reaches a search unchecked."""
    with pytest.raises(Problem) as refused:
        await signing.send_envelope(envelope_id=key, body=REQUEST)
    read = await kind_of(signing.envelope(envelope_id=key))

    assert (Kind.INVALID, "key_unfit") == (refused.value.kind, refused.value.code)
    assert Kind.NOT_FOUND is read
    assert [] == desk.served("")


async def test_signers_of_one_turn_sign_in_any_order(desk: Desk, signing: Signatures) -> None:
    """Both are asked at once; opening, a mail that comes back and a refusal are told apart."""
    third = Signer(name="Sam", email="sam@northwind.example")
    together = replace(REQUEST, signers=[replace(each, turn=1) for each in REQUEST.signers] + [third])
    sent = await signing.send_envelope(envelope_id=KEY, body=together)
    await desk.act(sent.external_id, SELLER, "open")
    await desk.act(sent.external_id, "sam@northwind.example", "bounce")
    await desk.act(sent.external_id, CUSTOMER, "decline", reason="too dear")
    found = await signing.envelope(envelope_id=KEY)

    assert [SignerState.ASKED] * 3 == [signer.state for signer in sent.signers]
    assert EnvelopeState.DECLINED is found.state
    assert [
        (SignerState.DECLINED, "too dear"),
        (SignerState.OPENED, ""),
        (SignerState.UNREACHABLE, ""),
    ] == [(signer.state, signer.decline_reason) for signer in found.signers]


async def test_an_envelope_expires(desk: Desk, signing: Signatures) -> None:
    """After its days it is voided, and says why; nobody can sign it then, and it can be voided again."""
    sent = await signing.send_envelope(envelope_id=KEY, body=replace(REQUEST, expires_after_days=2))
    desk.clock.advance(2 * 86_400 + 1)
    late = await desk.act(sent.external_id, CUSTOMER)
    found = await signing.void_envelope(envelope_id=KEY, body=VOIDING)

    assert 403 == late.status_code
    assert (EnvelopeState.VOIDED, "Envelope has expired.") == (found.state, found.void_reason)
    assert dt.timedelta(days=2) == (found.expires_at or found.changed_at) - (found.sent_at or found.changed_at)


async def test_a_draft_is_discarded_by_voiding(desk: Desk, signing: Signatures) -> None:
    """It was never sent: the vendor voids no drafts, so it goes into the bin and the key is free again."""
    await desk.call("POST", "/envelopes", json=bearing(KEY, "f" * 64))
    voided = await signing.void_envelope(envelope_id=KEY, body=VOIDING)

    assert (EnvelopeState.VOIDED, VOIDING.reason) == (voided.state, voided.void_reason)
    assert Kind.NOT_FOUND is await kind_of(signing.envelope(envelope_id=KEY))
    assert ["deleted"] == desk.states()


async def test_who_signs_while_we_take_back_has_signed(desk: Desk, signing: Signatures) -> None:
    """The vendor refuses to void what was completed in the meantime; that is a conflict and told as one."""
    only = replace(REQUEST, signers=REQUEST.signers[:1])
    sent = await signing.send_envelope(envelope_id=KEY, body=only)
    await signing.envelope(envelope_id=KEY)
    desk.fault("GET", "/envelopes", "stale")  # what was read before the signature is read once more
    await desk.act(sent.external_id, CUSTOMER)
    with pytest.raises(Problem) as refused:
        await signing.void_envelope(envelope_id=KEY, body=VOIDING)

    assert (Kind.CONFLICT, "envelope_ended") == (refused.value.kind, refused.value.code)
    assert [200, 400] == desk.served(f"/envelopes/{sent.external_id}", "PUT")
    assert EnvelopeState.COMPLETED is (await signing.envelope(envelope_id=KEY)).state


async def test_a_signature_hangs_on_a_text_of_the_document(desk: Desk, signing: Signatures) -> None:
    """A place that is not there is refused before anybody is asked."""
    anchored = [replace(REQUEST.signers[0], anchor="/sign-here/")]
    sent = await signing.send_envelope(envelope_id=KEY, body=replace(REQUEST, signers=anchored))
    astray = replace(REQUEST, signers=[replace(REQUEST.signers[0], anchor="/not-there/")])
    with pytest.raises(Problem) as refused:
        await signing.send_envelope(envelope_id="another", body=astray)

    assert EnvelopeState.SENT is sent.state
    assert (Kind.INVALID, "ANCHOR_TAB_STRING_NOT_FOUND") == (refused.value.kind, refused.value.detail)
    assert ["sent"] == desk.states()


async def test_proof_can_be_fetched_as_often_as_the_vendor_lets(desk: Desk, signing: Signatures) -> None:
    """Four times an hour; then the caller is told when to come again, and then it is the same proof."""
    sent = await signing.send_envelope(envelope_id=KEY, body=replace(REQUEST, signers=REQUEST.signers[:1]))
    await desk.act(sent.external_id, CUSTOMER)
    proofs = [await signing.evidence(envelope_id=KEY) for _ in range(4)]
    with pytest.raises(Problem) as refused:
        await signing.evidence(envelope_id=KEY)
    desk.clock.advance(3600)
    later = await signing.evidence(envelope_id=KEY)

    limited = refused.value
    assert (Kind.RATE_LIMITED, "vendor_polling_limit", 900.0) == (limited.kind, limited.code, limited.retry_after_s)
    assert [later] * 4 == proofs
    assert b"Claire Moreau" in later.certificate.content
    assert later.signed.content != later.certificate.content


async def test_a_proof_too_large_to_carry_is_said_to_be(desk: Desk, signing: Signatures) -> None:
    """An answer that no tier lets through is no proof."""
    sent = await signing.send_envelope(envelope_id=KEY, body=replace(REQUEST, signers=REQUEST.signers[:1]))
    await desk.act(sent.external_id, CUSTOMER)
    media = {"content-type": "application/pdf"}
    desk.fault("GET", "/documents/combined", "status", status=200, body="x" * 6_500_000, headers=media)
    with pytest.raises(Problem) as refused:
        await signing.evidence(envelope_id=KEY)

    assert (Kind.TOO_LARGE, "evidence_too_large") == (refused.value.kind, refused.value.code)


async def test_the_room_says_what_it_is(signing: Signatures) -> None:
    """As its manifest says."""
    able = await signing.capabilities()

    assert ("docusign", "signatures-main", ["signatures"]) == (able.vendor, able.connection, able.roles)
    assert (UpsertKind.FIND_THEN_CREATE, FeedKind.POLL, []) == (able.upsert, able.feed, able.lacks)


async def test_what_a_caller_gets_can_be_sent_on(signing: Signatures) -> None:
    """The envelope as JSON and back is the same."""
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)

    assert sent == msgspec.json.decode(msgspec.json.encode(sent), type=type(sent))
