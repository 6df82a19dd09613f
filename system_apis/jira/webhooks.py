"""What the site posts to whoever an administrator has registered: verified by its secret, numbered, and not trusted.

A notice says that something happened to an issue; how the issue stands is asked of the site. Whoever receives notices
keeps their numbers, because one that was not taken comes again under the same number.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.settings import Secret

_SIGNATURE: Final = "x-hub-signature"
_NUMBER: Final = "x-atlassian-webhook-identifier"
_RETRY: Final = "x-atlassian-webhook-retry"
_MOST_BYTES: Final = 4 * 1024 * 1024


class Notice(Struct, frozen=True, kw_only=True):
    """Something happened to an issue; `identifier` is the same each time the notice is sent."""

    identifier: str
    event: str
    issue_id: str
    at_ms: int
    retry: int


class _Issue(Struct, frozen=True):
    id: str


class _Body(Struct, frozen=True, rename="camel"):
    webhook_event: str
    timestamp: int
    issue: _Issue


def notice(headers: Mapping[str, str], content: bytes, *, secret: Secret) -> Notice:
    """The notice in a post, whose header names are in lower case; the bytes are those that came.

    Raises:
        Problem: unauthenticated, when it was not signed with the secret; invalid, when it is signed and cannot be
            read, or has no number to know it by.

    """
    if not secret.reveal() or len(content) > _MOST_BYTES or not _signed(headers, content, secret=secret):
        raise Problem(Kind.UNAUTHENTICATED, "webhook_unsigned", "the post does not bear our signature")
    identifier = headers.get(_NUMBER, "")
    try:
        body = msgspec.json.decode(content, type=_Body)
    except msgspec.DecodeError:
        raise Problem(Kind.INVALID, "webhook_unreadable", "the post is no notice of an issue") from None
    if not identifier:
        raise Problem(Kind.INVALID, "webhook_unnumbered", "the notice has no number to know it by")
    retry = headers.get(_RETRY, "0")
    return Notice(
        identifier=identifier,
        event=body.webhook_event,
        issue_id=body.issue.id,
        at_ms=body.timestamp,
        retry=int(retry) if retry.isdigit() else 0,
    )


def _signed(headers: Mapping[str, str], content: bytes, *, secret: Secret) -> bool:
    method, _, given = headers.get(_SIGNATURE, "").partition("=")
    digest = hmac.new(secret.reveal().encode(), content, hashlib.sha256).hexdigest()
    return method == "sha256" and hmac.compare_digest(digest.encode(), given.encode())
