"""Documents sent to people for their signatures: who signs in which order, where it stands, and what proves it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from contracts.canonical.field import Classification, Command, Noun, Record, fact


class EnvelopeState(StrEnum):
    """Where an envelope stands. Completed, declined and voided are ends; nothing leads out of them."""

    DRAFT = "draft"
    """Prepared there; nobody was asked yet."""
    SENT = "sent"
    DELIVERED = "delivered"
    """Everybody has opened it."""
    COMPLETED = "completed"
    DECLINED = "declined"
    """A signer refused."""
    VOIDED = "voided"
    """Taken back by us, or past its expiry."""


class SignerState(StrEnum):
    """Where one signer stands."""

    WAITING = "waiting"
    """Somebody else has to sign first."""
    ASKED = "asked"
    OPENED = "opened"
    SIGNED = "signed"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    """The mail came back."""


_PERSONAL = Classification.CONFIDENTIAL
_TURN = fact("Turn in which the person signs; who shares a turn signs at the same time", Record.SLUICE, example=1)
_NAME = fact("Name as it is to be signed", Record.SLUICE, classification=_PERSONAL, max_length=100)
_EMAIL = fact(
    "Address that is asked to sign",
    Record.SLUICE,
    classification=_PERSONAL,
    example="dana.okafor@sluicegate.example",
    max_length=100,
    pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
)
_HASH = "SHA-256 of what was asked to be signed: documents, signers, turns and subject; lower-case hexadecimal"


class SigningDocument(Command, frozen=True, kw_only=True):
    """One document to sign. Its bytes travel in base64."""

    name: Annotated[str, fact("Title that the signers see", Record.SLUICE, example="SOW-2026-0117", max_length=100)]
    extension: Annotated[
        str, fact("What kind of file it is", Record.SLUICE, example="pdf", pattern="^[a-z0-9]{1,5}$")
    ] = "pdf"
    content: Annotated[
        bytes,
        fact("The document itself", Record.SLUICE, classification=Classification.CONFIDENTIAL),
        Meta(min_length=1, max_length=5_000_000),
    ]


class Signer(Command, frozen=True, kw_only=True):
    """A person who is to sign. With an `anchor` the signature goes where that text stands; without, where one likes."""

    name: Annotated[str, _NAME, Meta(min_length=1)]
    email: Annotated[str, _EMAIL]
    turn: Annotated[int, _TURN, Meta(ge=1, le=99)] = 1
    anchor: Annotated[str, fact("Text in a document that marks the place", Record.SLUICE, max_length=100)] = ""


class SigningRequest(Command, frozen=True, kw_only=True):
    """What is to be signed and by whom. Under one key there is one request; another wish needs another key."""

    subject: Annotated[
        str, fact("Subject of the mail to the signers", Record.SLUICE, max_length=100), Meta(min_length=1)
    ]
    documents: Annotated[list[SigningDocument], Meta(min_length=1, max_length=20)]
    signers: Annotated[list[Signer], Meta(min_length=1, max_length=30)]
    message: Annotated[str, fact("Text of the mail", Record.SLUICE, max_length=5000)] = ""
    expires_after_days: Annotated[
        Annotated[int, Meta(ge=1, le=999)] | None,
        fact("Days after sending at which it expires unsigned", Record.SLUICE, unit="days"),
    ] = None


class Voiding(Command, frozen=True, kw_only=True):
    """Why an envelope is taken back; the signers are told."""

    reason: Annotated[str, fact("Reason", Record.SLUICE, max_length=200), Meta(min_length=1)]


class SignerStanding(Noun, frozen=True, kw_only=True):
    """A signer and how far that person has come. Times are the signing system's."""

    name: Annotated[str, _NAME]
    email: Annotated[str, _EMAIL]
    turn: Annotated[int, _TURN]
    state: Annotated[SignerState, fact("Where the signer stands", Record.SIGNATURES)]
    signed_at: Annotated[dt.datetime | None, fact("When it was signed", Record.SIGNATURES)] = None
    declined_at: Annotated[dt.datetime | None, fact("When it was refused", Record.SIGNATURES)] = None
    decline_reason: Annotated[
        str, fact("Why it was refused, in the signer's words", Record.SIGNATURES, classification=_PERSONAL)
    ] = ""


class Envelope(Noun, frozen=True, kw_only=True):
    """Documents on their way through their signers, as the signing system has them."""

    envelope_id: Annotated[str, fact("Our key of the envelope", Record.SLUICE, example="acme--sow--SOW-2026-0117--r1")]
    external_id: Annotated[str, fact("The signing system's id", Record.SIGNATURES)]
    state: Annotated[EnvelopeState, fact("Where it stands", Record.SIGNATURES)]
    subject: Annotated[str, fact("Subject of the mail to the signers", Record.SLUICE)]
    content_hash: Annotated[str, fact(_HASH, Record.SLUICE)]
    signers: list[SignerStanding]
    changed_at: Annotated[dt.datetime, fact("When its state last changed", Record.SIGNATURES)]
    sent_at: Annotated[dt.datetime | None, fact("When it was sent", Record.SIGNATURES)] = None
    expires_at: Annotated[dt.datetime | None, fact("When it expires unsigned", Record.SIGNATURES)] = None
    completed_at: Annotated[dt.datetime | None, fact("When the last signer had signed", Record.SIGNATURES)] = None
    void_reason: Annotated[str, fact("Why it was taken back", Record.SIGNATURES)] = ""


class EnvelopeChanges(Noun, frozen=True, kw_only=True):
    """A page of the feed. `cursor` is opaque; hand it back to go on. Envelopes may repeat, none is left out.

    A change is one of the envelope's state. That one signer of several has signed changes none.
    """

    envelopes: list[Envelope]
    cursor: str


class SignedDocument(Noun, frozen=True, kw_only=True):
    """Bytes as the signing system handed them out, and their SHA-256 in lower-case hexadecimal, taken on arrival."""

    media_type: Annotated[str, fact("Media type", Record.SIGNATURES, example="application/pdf")]
    content: Annotated[
        bytes, fact("The document itself", Record.SIGNATURES, classification=Classification.CONFIDENTIAL)
    ]
    sha256: Annotated[str, fact("SHA-256 of the content", Record.SLUICE, pattern="^[0-9a-f]{64}$")]


class SigningEvidence(Noun, frozen=True, kw_only=True):
    """What proves a signature: the signed documents as one, the signing system's certificate, who and when.

    `content_hash` ties it to what was asked: it is that of the request that was sent.
    """

    envelope_id: Annotated[str, fact("Our key of the envelope", Record.SLUICE)]
    external_id: Annotated[str, fact("The signing system's id", Record.SIGNATURES)]
    content_hash: Annotated[str, fact(_HASH, Record.SLUICE)]
    completed_at: Annotated[dt.datetime, fact("When the last signer had signed", Record.SIGNATURES)]
    signers: list[SignerStanding]
    signed: SignedDocument
    certificate: SignedDocument


class EnvelopeNotice(Noun, frozen=True, kw_only=True):
    """What the signing system has told us unasked, once its signature was verified.

    `event_id` is the same for every delivery of one event, so that an inbox takes it in once. An envelope that is not
    ours is None.
    """

    event_id: Annotated[str, fact("Identity of the event", Record.SIGNATURES)]
    event: Annotated[str, fact("What happened, in the signing system's words", Record.SIGNATURES)]
    happened_at: Annotated[dt.datetime, fact("When it happened there", Record.SIGNATURES)]
    envelope: Envelope | None
