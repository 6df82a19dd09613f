"""What goes on to a tier and what comes back: fields, lengths, and failures by name; refuses to say 500 for a tier.

A tier that cannot be reached is 503, one that is too slow 504, one that breaks off or babbles 502. What may
have had an effect is called an unknown outcome.
"""

from __future__ import annotations

from typing import Final

import msgspec

from contracts.problem import Kind, Problem
from gateway.upstream import Answer, Call, Failed, Payload
from kit.door.policy import Pair, Request
from policies.guard import HOP_BY_HOP

READS: Final = frozenset({"GET", "HEAD"})
_REGENERATED: Final = HOP_BY_HOP | {b"content-length", b"date", b"server", b"x-powered-by", b"via"}
_LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})
_STATUS: Final = {"timeout": 504, "reset": 502, "malformed": 502, "short": 502}
_DETAIL: Final = {
    "unreachable": "the tier cannot be reached",
    "connect_timeout": "the tier does not take connections",
    "busy": "all connections to the tier are in use",
    "timeout": "the tier did not answer in time",
    "reset": "the tier broke the connection",
    "malformed": "the tier's answer is not HTTP",
    "short": "the tier's answer broke off",
}


def call_for(request: Request, *, payload: Payload, length: bytes | None = None) -> Call:
    """The request as the tier is asked it."""
    operation = request.matched
    if payload is None and request.method not in READS:
        payload = b""
    target = request.target[operation.strip :]
    headers = [
        *request.onward,
        (b"authorization", b"Bearer " + request.token.encode()),
        (b"x-forwarded-for", request.client_ip.encode()),
        (b"x-forwarded-proto", request.scheme.encode()),
        (b"x-forwarded-host", request.fields.get(b"host", b"")),
    ]
    if operation.page is not None:
        target = operation.page.path.encode() + target
        headers.append((b"x-forwarded-prefix", operation.page.prefix.encode()))
        headers.append((b"x-sluice-offered", msgspec.json.encode(operation.page.reached_by(request.known))))
    return Call(
        tier=operation.upstream,
        method=operation.method,  # HEAD is asked as GET: tiers offer what their contract states, and no more
        target=target + b"?" + request.query if request.query else target,
        headers=headers,
        payload=payload,
        length=length,
        deadline_s=operation.deadline_s,
        consumer=request.consumer,
    )


def fields_back(answer: Answer, request: Request, *, length: bytes | None) -> list[Pair]:
    """The fields of the answer as the client gets them; a tier does not speak for the door."""
    own = request.answer
    dropped = dict(own)
    kept = [pair for pair in answer.headers if pair[0] not in _REGENERATED and pair[0] not in dropped]
    if len(kept) != len(answer.headers):
        named = [value for name, value in answer.headers if name == b"connection"]
        if named:
            gone = {each.strip().lower() for each in b",".join(named).split(b",")}
            kept = [pair for pair in kept if pair[0] not in gone]
    if length is not None:
        kept.append((b"content-length", length))
    kept += own
    return kept


def is_bare(answer: Answer, request: Request) -> bool:
    """Whether the client gets no body."""
    return request.method == "HEAD" or answer.status in {204, 304}


def length_of(answer: Answer) -> bytes | None:
    """How long the body is said to be, or is known to be; None when neither."""
    said = [pair for pair in answer.headers if pair[0] in _LENGTHS]
    if len(said) == 1 and said[0][0] == b"content-length" and said[0][1].isdigit():
        return said[0][1]
    if answer.body is not None and answer.status not in {204, 304}:
        return b"%d" % len(answer.body)
    return None


def is_worth_repeating(failed: Failed, request: Request) -> bool:
    """Whether nothing came back, nothing can have happened, and all that was sent can be sent again."""
    return failed.code == "reset" and request.method in READS and request.body is not None


def tunnel_refused(request: Request) -> Problem | None:
    """Who asks for a WebSocket is told that there is none; any other upgrade may be passed over (RFC 9110 §7.8)."""
    if request.fields.get(b"upgrade", b"").lower() != b"websocket":
        return None
    return Problem(Kind.UNSUPPORTED, "forward.upgrade", "no operation here is a WebSocket", status=501)


def problem_of(code: str, request: Request, *, sent: bool) -> Problem:
    """What the client is told when the tier gave no usable answer."""
    if not sent:
        kind = Kind.TIMEOUT if code == "connect_timeout" else Kind.UNAVAILABLE
        return Problem(kind, f"forward.{code}", _DETAIL[code], retry_after_s=1.0)
    if request.method in READS:
        kind = Kind.TIMEOUT if code == "timeout" else Kind.UNAVAILABLE
        return Problem(kind, f"forward.{code}", _DETAIL[code], status=_STATUS[code])
    hint = "it may have taken effect: look first, or repeat with the same Idempotency-Key"
    return Problem(Kind.UNKNOWN_OUTCOME, f"forward.{code}", _DETAIL[code], status=_STATUS[code], hint=hint)
