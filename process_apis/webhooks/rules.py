"""What partners are told of, when a delivery is tried again, and what an answer means; pure.

The schedule and the meaning of answers are those of the Standard Webhooks specification 1.0.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from contracts.canonical.webhooks import EventType
from contracts.events.billing import InvoicePosted
from contracts.events.deal import ProjectProvisioned, ProvisioningReversed, StaffingRequested
from contracts.events.envelope import CloudEvent
from process_apis.webhooks.config import Config

PING: Final = "ping"
SCHEDULE_S: Final = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each attempt, counted from the one before: about three days and a half altogether."""
_JITTER: Final = 0.1
_IDS: Final = 200  # a message stays below the 20 kB of the specification
_LONGEST_S: Final = 86_400.0
_THROTTLED_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """What partners are told of one event, and by what its owner is found: its customer, its case or its project."""

    type: EventType
    data: dict[str, Any]
    customer_id: str = ""
    case_id: str = ""
    project_id: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means. `hold_s` is how long the endpoint shall be left alone."""

    outcome: str
    delivered: bool = False
    gone: bool = False
    hold_s: float = 0.0


def told(event: CloudEvent) -> Told | None:
    """What partners are told of an event of ours; None of everything that is the firm's own."""
    data = event.data
    match event.type:
        case ProjectProvisioned.TYPE:
            made = msgspec.convert(data, ProjectProvisioned)
            ids = made.project_ids or [made.project_id]
            given: dict[str, Any] = {"project_id": made.project_id, "project_ids": ids[:_IDS]}
            return Told(EventType.PROJECT_PROVISIONED, given, case_id=made.case_id)
        case ProvisioningReversed.TYPE:
            back = msgspec.convert(data, ProvisioningReversed)
            return Told(EventType.PROJECT_CANCELLED, {"project_ids": back.project_ids[:_IDS]}, case_id=back.case_id)
        case StaffingRequested.TYPE:
            asked = msgspec.convert(data, StaffingRequested)
            given = {"project_id": asked.project_id, "request_ids": asked.request_ids[:_IDS]}
            return Told(EventType.STAFFING_REQUESTED, given, project_id=asked.project_id)
        case InvoicePosted.TYPE:
            posted = msgspec.convert(data, InvoicePosted)
            given = {name: getattr(posted, name) for name in ("invoice_id", "number", "project_id", "corrects")}
            given = {name: value for name, value in given.items() if value}
            return Told(EventType.INVOICE_POSTED, given, customer_id=posted.customer_id)
    return None


def message_id(*parts: str) -> str:
    """The id of a message, the same for the same event however often it is read."""
    joined = "\x00".join(parts).encode()
    return f"msg_{hashlib.sha256(joined).hexdigest()[:24]}"


def body(kind: str, *, at: dt.datetime, data: Mapping[str, Any]) -> str:
    """The payload as it is signed: type, time and data, in this order."""
    return msgspec.json.encode({"type": kind, "timestamp": at.astimezone(dt.UTC), "data": dict(data)}).decode()


def clients_of(customer_id: str, config: Config) -> Collection[str]:
    """The clients that may be told of a customer's objects; nobody, unless it is said."""
    return {client for client, customers in config.customers.items() if customer_id in customers}


def next_in_s(tries: int, chance: random.Random, *, asked_s: float = 0.0) -> float | None:
    """Seconds until the attempt after `tries` of them; None when there is no other. Never sooner than was asked for."""
    if tries >= len(SCHEDULE_S):
        return None
    spread = chance.uniform(1.0, 1.0 + _JITTER)
    return max(SCHEDULE_S[tries] * spread, min(asked_s, _LONGEST_S))


def verdict(status: int, headers: Mapping[str, str], *, now: dt.datetime) -> Verdict:
    """What an answer means: 2xx took it, 410 wants no more, 3xx is no answer, 429, 502, 503 and 504 want less."""
    if 200 <= status < 300:
        return Verdict("delivered", delivered=True)
    if status == 410:
        return Verdict("gone", gone=True)
    if status in {429, 502, 503, 504}:
        return Verdict("throttled", hold_s=max(_THROTTLED_S, _asked_s(headers.get("retry-after", ""), now=now)))
    return Verdict("redirected" if 300 <= status < 400 else "refused")


def _asked_s(retry_after: str, *, now: dt.datetime) -> float:
    """Seconds that an answer asks to be left alone, as a number or a date (RFC 9110 §10.2.3); a day at most."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after[:9]), _LONGEST_S)
    try:
        at = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    at = at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
    return min(max(0.0, (at - now).total_seconds()), _LONGEST_S)
