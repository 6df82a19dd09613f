"""Between the vendor's envelopes and ours, both ways; pure."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from contracts.canonical.signing import (
    Envelope,
    EnvelopeState,
    SignedDocument,
    SignerStanding,
    SignerState,
    SigningEvidence,
    SigningRequest,
)
from contracts.problem import Kind, Problem
from system_apis.docusign import wire

_STATES: Final = {
    "created": EnvelopeState.DRAFT,
    "sent": EnvelopeState.SENT,
    "delivered": EnvelopeState.DELIVERED,
    "signed": EnvelopeState.DELIVERED,
    "processing": EnvelopeState.SENT,
    "completed": EnvelopeState.COMPLETED,
    "declined": EnvelopeState.DECLINED,
    "voided": EnvelopeState.VOIDED,
    "timedout": EnvelopeState.VOIDED,
}
_SIGNERS: Final = {
    "created": SignerState.WAITING,
    "sent": SignerState.ASKED,
    "delivered": SignerState.OPENED,
    "signed": SignerState.SIGNED,
    "completed": SignerState.SIGNED,
    "declined": SignerState.DECLINED,
    "autoresponded": SignerState.UNREACHABLE,
}
_NAMESPACE: Final = uuid.UUID("5b1f3c52-93f7-5d0e-8a57-2f4f0f4a9c11")
_WARN_DAYS: Final = 3


def content_hash(request: SigningRequest) -> str:
    """SHA-256 of what is asked: of two requests with one hash, the signers see the same."""
    documents = [[one.name, one.extension, hashlib.sha256(one.content).hexdigest()] for one in request.documents]
    signers = [[one.name, one.email, one.turn, one.anchor] for one in request.signers]
    told = [request.subject, request.message, request.expires_after_days, documents, signers]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def transaction_id(key: str) -> str:
    """The key as the vendor's aid for creates whose answer was lost: found by it for seven days."""
    return str(uuid.uuid5(_NAMESPACE, key))


def definition(request: SigningRequest, *, key: str, key_field: str, hash_field: str) -> dict[str, Any]:
    """A draft as the vendor takes it: nobody is asked before it is sent."""
    told: dict[str, Any] = {
        "status": "created",
        "transactionId": transaction_id(key),
        "emailSubject": request.subject,
        "documents": [
            {
                "documentId": str(number),
                "name": document.name,
                "fileExtension": document.extension,
                "documentBase64": base64.b64encode(document.content).decode(),
            }
            for number, document in enumerate(request.documents, start=1)
        ],
        "recipients": {"signers": _signers(request)},
        "customFields": {"textCustomFields": [_field(key_field, key), _field(hash_field, content_hash(request))]},
    }
    if request.message:
        told["emailBlurb"] = request.message
    if request.expires_after_days is not None:
        days = request.expires_after_days
        warn = str(min(_WARN_DAYS, days - 1))
        expirations = {"expireEnabled": "true", "expireAfter": str(days), "expireWarn": warn}
        told["notification"] = {"useAccountDefaults": "false", "expirations": expirations}
    return told


def key_of(envelope: wire.Envelope, *, key_field: str) -> str:
    """Our key; empty where the envelope is not ours."""
    fields = envelope.custom_fields.text_custom_fields if envelope.custom_fields else None
    return next((field.value for field in fields or () if field.name == key_field), "")


def standing(envelope: wire.Envelope, *, key_field: str, hash_field: str) -> Envelope:
    """An envelope in our words.

    Raises:
        Problem: unexpected, for a state or a moment that is none.

    """
    signers = envelope.recipients.signers if envelope.recipients else None
    return Envelope(
        envelope_id=key_of(envelope, key_field=key_field),
        external_id=envelope.envelope_id,
        state=state_of(envelope),
        subject=envelope.email_subject,
        content_hash=key_of(envelope, key_field=hash_field),
        signers=[_signer(one) for one in sorted(signers or (), key=_place)],
        changed_at=changed_at(envelope),
        sent_at=moment(envelope.sent_date_time),
        expires_at=moment(envelope.expire_date_time),
        completed_at=moment(envelope.completed_date_time),
        void_reason=envelope.voided_reason or "",
    )


def state_of(envelope: wire.Envelope) -> EnvelopeState:
    """Where an envelope stands.

    Raises:
        Problem: unexpected, for a word that we do not know.

    """
    found = _STATES.get(envelope.status.lower())
    if found is None:
        raise _mismatch(f"envelope state {envelope.status[:40]!r}")
    return found


def changed_at(envelope: wire.Envelope) -> dt.datetime:
    """When the state of an envelope last changed."""
    found = moment(envelope.status_changed_date_time) or moment(envelope.created_date_time)
    if found is None:
        raise _mismatch("envelope without a moment of change")
    return found


def moment(text: str | None) -> dt.datetime | None:
    """A moment in UTC, cut to microseconds: the vendor writes seven digits.

    Raises:
        Problem: unexpected, for a text that is none.

    """
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise _mismatch("moment") from None
    return found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC)


def evidence(envelope: Envelope, *, signed: bytes, certificate: bytes, media_type: str) -> SigningEvidence:
    """The proof of a completed envelope, with the hashes of what was fetched."""
    if envelope.completed_at is None:
        raise _mismatch("completed envelope without a moment of completion")
    return SigningEvidence(
        envelope_id=envelope.envelope_id,
        external_id=envelope.external_id,
        content_hash=envelope.content_hash,
        completed_at=envelope.completed_at,
        signers=envelope.signers,
        signed=_document(signed, media_type),
        certificate=_document(certificate, media_type),
    )


def by_age(envelopes: Sequence[wire.Envelope]) -> list[wire.Envelope]:
    """Oldest first; whoever looks comes to the same order."""
    return sorted(envelopes, key=lambda one: (moment(one.created_date_time) or changed_at(one), one.envelope_id))


def _signers(request: SigningRequest) -> list[dict[str, Any]]:
    told = []
    for number, signer in enumerate(request.signers, start=1):
        each: dict[str, Any] = {
            "recipientId": str(number),
            "routingOrder": str(signer.turn),
            "name": signer.name,
            "email": signer.email,
        }
        if signer.anchor:
            tab = {"anchorString": signer.anchor, "anchorUnits": "pixels", "anchorXOffset": "0", "anchorYOffset": "0"}
            each["tabs"] = {"signHereTabs": [tab]}
        told.append(each)
    return told


def _field(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value, "show": "false", "required": "false"}


def _signer(signer: wire.Signer) -> SignerStanding:
    state = _SIGNERS.get(signer.status.lower())
    if state is None:
        raise _mismatch(f"signer state {signer.status[:40]!r}")
    return SignerStanding(
        name=signer.name,
        email=signer.email,
        turn=_number(signer.routing_order),
        state=state,
        signed_at=moment(signer.signed_date_time),
        declined_at=moment(signer.declined_date_time),
        decline_reason=signer.declined_reason or "",
    )


def _place(signer: wire.Signer) -> tuple[int, int]:
    return _number(signer.routing_order), _number(signer.recipient_id)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _document(content: bytes, media_type: str) -> SignedDocument:
    return SignedDocument(media_type=media_type, content=content, sha256=hashlib.sha256(content).hexdigest())


def _mismatch(noun: str) -> Problem:
    return Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"unreadable {noun}")
