"""The one error that crosses a wire: RFC 9457 problem details with a kind and a retry verdict.

`kind` says what sort of thing went wrong, `code` names the rule that refused (stable, documented),
`retry` tells a machine what repeating would bring, `hint` tells a person what to do next.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct, field


class Kind(StrEnum):
    """The sorts of failure a caller may have to tell apart."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNSUPPORTED = "unsupported"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    UNKNOWN_OUTCOME = "unknown_outcome"
    UNEXPECTED = "unexpected"


class Retry(StrEnum):
    """What repeating the same call would bring."""

    NEVER = "never"
    LATER = "later"
    NOW = "now"


STATUS: Final[dict[Kind, int]] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.ALREADY_EXISTS: 409,
    Kind.CONFLICT: 409,
    Kind.PRECONDITION_FAILED: 412,
    Kind.TOO_LARGE: 413,
    Kind.RATE_LIMITED: 429,
    Kind.UNSUPPORTED: 501,
    Kind.UNAVAILABLE: 503,
    Kind.TIMEOUT: 504,
    Kind.UNKNOWN_OUTCOME: 504,
    Kind.UNEXPECTED: 500,
}

VERDICT: Final[dict[Kind, Retry]] = {
    Kind.RATE_LIMITED: Retry.LATER,
    Kind.UNAVAILABLE: Retry.LATER,
    Kind.TIMEOUT: Retry.LATER,
    Kind.UNKNOWN_OUTCOME: Retry.LATER,
}

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:sluice:problem:"


class FieldError(Struct, frozen=True, kw_only=True):
    """One fault in what was sent; `pointer` is an RFC 6901 JSON pointer into the body, or a parameter's name."""

    pointer: str
    code: str
    detail: str


class ProblemDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `application/problem+json`. `retry_after_s` is in seconds."""

    type: str
    title: str
    status: int
    kind: Kind
    code: str
    retry: Retry
    detail: str = ""
    hint: str = ""
    instance: str = ""
    policy: str = ""
    trace_id: str = ""
    retry_after_s: float | None = None
    errors: list[FieldError] = field(default_factory=list)
    context: dict[str, str] = field(default_factory=dict)


class Problem(Exception):
    """A failure in terms that any tier understands; raised as itself at both ends of a call."""

    def __init__(
        self,
        kind: Kind,
        code: str,
        detail: str = "",
        *,
        hint: str = "",
        status: int | None = None,
        retry: Retry | None = None,
        retry_after_s: float | None = None,
        errors: tuple[FieldError, ...] = (),
        policy: str = "",
        trace_id: str = "",
        context: dict[str, str] | None = None,
        type_uri: str = "",
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.kind = kind
        self.code = code
        self.detail = detail
        self.hint = hint
        self.status = STATUS[kind] if status is None else status
        self.retry = VERDICT.get(kind, Retry.NEVER) if retry is None else retry
        self.retry_after_s = retry_after_s
        self.errors = errors
        self.policy = policy
        self.trace_id = trace_id
        self.context = context or {}
        self.type_uri = type_uri or f"{TYPE_PREFIX}{code}"

    def details(self, *, instance: str = "", trace_id: str = "") -> ProblemDetails:
        """The wire form; `instance` is the path that was asked, `trace_id` the trace it belongs to."""
        return ProblemDetails(
            type=self.type_uri,
            title=self.code.replace("_", " ").replace(".", ": ").capitalize(),
            status=self.status,
            kind=self.kind,
            code=self.code,
            retry=self.retry,
            detail=self.detail,
            hint=self.hint,
            instance=instance,
            policy=self.policy,
            trace_id=trace_id or self.trace_id,
            retry_after_s=self.retry_after_s,
            errors=list(self.errors),
            context=self.context,
        )

    @classmethod
    def of(cls, details: ProblemDetails) -> Problem:
        """The same problem at the caller's end."""
        return cls(
            details.kind,
            details.code,
            details.detail,
            hint=details.hint,
            status=details.status,
            retry=details.retry,
            retry_after_s=details.retry_after_s,
            errors=tuple(details.errors),
            policy=details.policy,
            trace_id=details.trace_id,
            context=details.context,
            type_uri=details.type,
        )
