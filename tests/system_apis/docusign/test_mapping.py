"""Envelopes in the vendor's words and in ours: states, moments, keys, and what makes two requests the same."""

import base64
import datetime as dt
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from contracts.canonical.signing import EnvelopeState, Signer, SignerState, SigningDocument, SigningRequest
from contracts.problem import Kind, Problem
from system_apis.docusign import mapping, wire
from tests.system_apis.docusign.desk import KEY, REQUEST

pytestmark = pytest.mark.req(148)

NAMES = {"key_field": "sluice_key", "hash_field": "sluice_content"}


def envelope(**more: Any) -> wire.Envelope:
    """An envelope as the vendor tells it."""
    row = {"envelopeId": "e", "status": "sent", "createdDateTime": "2026-11-20T09:00:00.1234567Z"}
    return msgspec.convert({**row, **more}, wire.Envelope)


def test_a_request_becomes_a_draft_in_strings() -> None:
    """Every number is a text, nobody is asked yet, and key and hash are hidden from the signers."""
    asked = replace(REQUEST, message="Please sign.", expires_after_days=30)
    told = mapping.definition(asked, key=KEY, **NAMES)

    assert ("created", REQUEST.subject, "Please sign.") == (told["status"], told["emailSubject"], told["emailBlurb"])
    assert [("1", "1"), ("2", "2")] == [
        (each["recipientId"], each["routingOrder"]) for each in told["recipients"]["signers"]
    ]
    (document,) = told["documents"]
    assert REQUEST.documents[0].content == base64.b64decode(document["documentBase64"])
    assert {"expireEnabled": "true", "expireAfter": "30", "expireWarn": "3"} == told["notification"]["expirations"]
    assert ["false", "false"] == [each["show"] for each in told["customFields"]["textCustomFields"]]
    assert mapping.transaction_id(KEY) == told["transactionId"] != mapping.transaction_id(f"{KEY}0")


def test_without_an_expiry_the_account_decides() -> None:
    """Nothing is said of it then; one day leaves no day to warn."""
    short = mapping.definition(replace(REQUEST, expires_after_days=1), key=KEY, **NAMES)

    assert "notification" not in mapping.definition(REQUEST, key=KEY, **NAMES)
    assert "0" == short["notification"]["expirations"]["expireWarn"]


def test_an_anchor_becomes_a_place_to_sign() -> None:
    """Who has none signs where he likes."""
    signers = [replace(REQUEST.signers[0], anchor="/sign-here/"), REQUEST.signers[1]]
    anchored, free = mapping.definition(replace(REQUEST, signers=signers), key=KEY, **NAMES)["recipients"]["signers"]

    assert "/sign-here/" == anchored["tabs"]["signHereTabs"][0]["anchorString"]
    assert "tabs" not in free


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, subject="Another"),
        replace(REQUEST, message="Another"),
        replace(REQUEST, expires_after_days=5),
        replace(REQUEST, signers=REQUEST.signers[:1]),
        replace(REQUEST, signers=[replace(REQUEST.signers[0], turn=2), REQUEST.signers[1]]),
        replace(REQUEST, signers=[replace(REQUEST.signers[0], name="Claire"), REQUEST.signers[1]]),
        replace(REQUEST, documents=[replace(REQUEST.documents[0], content=b"x")]),
        replace(REQUEST, documents=[replace(REQUEST.documents[0], name="x")]),
        replace(REQUEST, documents=REQUEST.documents * 2),
    ],
)
def test_what_a_signer_would_see_differently_has_another_hash(other: SigningRequest) -> None:
    """And the same, read from JSON, has the same."""
    again = msgspec.json.decode(msgspec.json.encode(REQUEST), type=SigningRequest)

    assert mapping.content_hash(REQUEST) == mapping.content_hash(again)
    assert mapping.content_hash(REQUEST) != mapping.content_hash(other)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("created", EnvelopeState.DRAFT),
        ("Sent", EnvelopeState.SENT),
        ("processing", EnvelopeState.SENT),
        ("delivered", EnvelopeState.DELIVERED),
        ("signed", EnvelopeState.DELIVERED),
        ("completed", EnvelopeState.COMPLETED),
        ("declined", EnvelopeState.DECLINED),
        ("voided", EnvelopeState.VOIDED),
        ("timedout", EnvelopeState.VOIDED),
    ],
)
def test_each_state_is_ours(word: str, state: EnvelopeState) -> None:
    """Signed by all but not finished there is not completed here."""
    assert state is mapping.standing(envelope(status=word), **NAMES).state


def test_signers_come_in_their_turn() -> None:
    """By turn, then by the place in which they were given; numbers are texts there, and ten comes after nine."""
    rows = [
        {"name": name, "email": "x@y.example", "recipientId": place, "routingOrder": turn, "status": "completed"}
        for name, place, turn in (("c", "10", "2"), ("b", "9", "2"), ("a", "11", "1"))
    ]
    found = mapping.standing(envelope(recipients={"signers": rows}), **NAMES).signers

    assert [("a", 1), ("b", 2), ("c", 2)] == [(signer.name, signer.turn) for signer in found]
    assert {SignerState.SIGNED} == {signer.state for signer in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T09:00:00.1234567Z", dt.datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=dt.UTC)),
        ("2026-11-20T09:00:00Z", dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)),
        ("2026-11-20T01:00:00.0000000-08:00", dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)),
        ("2026-11-20T09:00:00", dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_in_utc(text: str | None, expected: dt.datetime | None) -> None:
    """Seven digits are cut to six; a zone is heeded."""
    assert expected == mapping.moment(text)


def test_a_moment_that_is_none_is_told() -> None:
    """It is the vendor's fault and not our caller's."""
    with pytest.raises(Problem) as unreadable:
        mapping.moment("soon")

    assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (unreadable.value.kind, unreadable.value.code)


def test_the_oldest_comes_first_for_everybody() -> None:
    """Of one moment the lower id."""
    rows = [
        envelope(envelopeId="b"),
        envelope(envelopeId="c", createdDateTime="2026-11-20T08:00:00Z"),
        envelope(envelopeId="a"),
    ]

    assert ["c", "a", "b"] == [one.envelope_id for one in mapping.by_age(rows)]


def test_a_key_is_that_of_our_field_only() -> None:
    """Other fields of the same envelope are somebody else's."""
    fields = [{"name": "quote", "value": "Q-1"}, {"name": "sluice_key", "value": KEY}]
    found = envelope(customFields={"textCustomFields": fields})

    assert (KEY, "") == (
        mapping.key_of(found, key_field="sluice_key"),
        mapping.key_of(envelope(), key_field="sluice_key"),
    )


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Signer, {"name": "A", "email": "no address"}),
        (Signer, {"name": "", "email": "a@b.example"}),
        (Signer, {"name": "A", "email": "a@b.example", "turn": 0}),
        (SigningDocument, {"name": "A", "content": ""}),
        (SigningDocument, {"name": "A", "content": "eA==", "extension": "../pdf"}),
        (SigningRequest, {"subject": "A", "documents": [], "signers": []}),
        (SigningRequest, {"subject": "A" * 101, "documents": [{"name": "A", "content": "eA=="}], "signers": []}),
        (Signer, {"name": "A", "email": "a@b.example", "mail": "x"}),
    ],
)
def test_a_request_that_cannot_be_is_not_read(kind: type, given: dict[str, Any]) -> None:
    """What the contract refuses never comes to the vendor; a misspelt wish is not dropped."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, kind)
