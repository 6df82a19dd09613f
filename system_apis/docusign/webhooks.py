"""What the vendor posts to us: verified by its signature and its age, read into our words; pure, and nothing is kept.

The vendor signs the raw body with every HMAC key that is active, so that a key can be rotated: any signature that one
of our keys makes is good. It signs no time. An event is delivered again for days when it was not taken, so a repeated
delivery is told by `event_id`, for an inbox, and only what is older than any delivery is refused for its age.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from contracts.canonical.signing import Envelope, EnvelopeNotice
from contracts.problem import Kind, Problem
from system_apis.docusign import mapping, wire
from system_apis.docusign.config import Config

_HEADER: Final = re.compile(r"x-docusign-signature-[1-9][0-9]{0,2}", re.IGNORECASE)
_AHEAD: Final = dt.timedelta(minutes=5)
_MOST_BYTES: Final = 1_000_000
_MOST_SIGNATURES: Final = 20


def notice(config: Config, *, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> EnvelopeNotice:
    """The event in a delivery, once it is certain that the vendor has sent it.

    Raises:
        Problem: unauthenticated, for a signature that is missing or none of our keys makes, or when we have no key;
            forbidden, for an event of another account; invalid, for one that is too old, of the future or unreadable.

    """
    if len(body) > _MOST_BYTES:
        raise Problem(Kind.TOO_LARGE, "webhook_too_large", f"{len(body)} bytes")
    keys = [secret.reveal().encode() for secret in (config.webhook_secret, config.webhook_secret_retiring)]
    if not signed(body, headers=headers, keys=keys):
        raise Problem(Kind.UNAUTHENTICATED, "webhook_signature_invalid", "no key of ours makes any of the signatures")
    told = _read(body)
    if config.account_id and told.data.account_id != config.account_id:
        raise Problem(Kind.FORBIDDEN, "webhook_account_unknown", "the event is of another account")
    try:
        happened_at, envelope = _when(told), _envelope(config, told)
    except Problem as unreadable:
        raise Problem(Kind.INVALID, "webhook_unreadable", unreadable.detail) from None
    if happened_at > now + _AHEAD:
        raise Problem(Kind.INVALID, "webhook_from_the_future", "the event is of a moment to come")
    if now - happened_at > dt.timedelta(seconds=config.webhook_most_age_s):
        raise Problem(Kind.INVALID, "webhook_too_old", "the event is older than any delivery that is tried again")
    return EnvelopeNotice(event_id=_identity(told), event=told.event, happened_at=happened_at, envelope=envelope)


def signed(body: bytes, *, headers: Mapping[str, str], keys: Sequence[bytes]) -> bool:
    """Whether one of the keys makes one of the signatures; each pair is compared, in constant time."""
    given = [value.encode() for name, value in headers.items() if _HEADER.fullmatch(name)][:_MOST_SIGNATURES]
    made = [base64.b64encode(hmac.digest(key, body, hashlib.sha256)) for key in keys if key]
    matches = [hmac.compare_digest(ours, theirs.strip()) for ours in made for theirs in given]
    return any(matches)


def _read(body: bytes) -> wire.Notice:
    try:
        return msgspec.json.decode(body, type=wire.Notice)
    except msgspec.DecodeError:
        raise Problem(Kind.INVALID, "webhook_unreadable", "the event is not in Connect's JSON format") from None


def _when(told: wire.Notice) -> dt.datetime:
    found = mapping.moment(told.generated_date_time)
    if found is None:
        raise Problem(Kind.INVALID, "webhook_unreadable", "the event has no moment")
    return found


def _identity(told: wire.Notice) -> str:
    """The same however often the event is delivered; a number of deliveries is no part of it."""
    parts = (told.data.account_id, told.data.envelope_id, told.data.recipient_id or "", told.event)
    words = msgspec.json.encode([*parts, told.generated_date_time, str(told.configuration_id)])
    return hashlib.sha256(words).hexdigest()


def _envelope(config: Config, told: wire.Notice) -> Envelope | None:
    summary = told.data.envelope_summary
    if summary is None or not mapping.key_of(summary, key_field=config.key_field):
        return None
    return mapping.standing(summary, key_field=config.key_field, hash_field=config.hash_field)
