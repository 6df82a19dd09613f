"""What an entry of the chain is made of: the body, which is hashed, and the texts, which may be taken away."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, field

from kit.audit.canonical import FORMAT, canonical, commitment

Salt = Callable[[int], bytes]
SALT_BYTES: Final = 16


class Kind(StrEnum):
    """Where an entry comes from: a line of a case's trail, a look at classified data, an act on the chain itself."""

    TRAIL = "trail"
    VIEW = "view"
    REDACTION_ASKED = "redaction_asked"
    REDACTED = "redacted"


class Item(Struct, frozen=True, kw_only=True):
    """What is to be chained.

    `subject` is what it is about, by id; `texts` are personal or free and may be taken away, empty ones are left
    out; `facts` are words of ours that never are. `source` is the number of its line in the trail.
    """

    kind: Kind
    subject: str
    ref: str
    at: dt.datetime
    what: str
    texts: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    source: int | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """A chained entry. `texts` holds by name the salt and the text of each commitment that is still open."""

    body: dict[str, Any]
    encoded: str
    """The body in canonical JSON, which the hash is taken of."""
    hash: str
    texts: dict[str, tuple[str, str]]


def moment(at: dt.datetime) -> str:
    """A moment as the chain writes it: UTC, microseconds."""
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def chained(item: Item, *, tenant: str, seq: int, previous: str, now: dt.datetime, salt: Salt) -> Entry:
    """The entry that an item becomes at its place. `now` is when it is chained, `item.at` when it happened."""
    texts = {name: (salt(SALT_BYTES).hex(), text) for name, text in item.texts.items() if text}
    body = {
        "format": FORMAT,
        "tenant": tenant,
        "seq": seq,
        "previous": previous,
        "kind": item.kind.value,
        "subject": item.subject,
        "ref": item.ref,
        "at": moment(item.at),
        "chained_at": moment(now),
        "what": item.what,
        "facts": item.facts,
        "texts": {name: commitment(name, text, salt=drawn) for name, (drawn, text) in texts.items()},
    }
    encoded = canonical(body)
    return Entry(body=body, encoded=encoded.decode(), hash=hashlib.sha256(encoded).hexdigest(), texts=texts)


def differing(body: Mapping[str, Any], texts: Mapping[str, tuple[str, str]]) -> str:
    """The name of the first text that is not what its entry is bound to; empty when all are."""
    bound = body["texts"]
    for name, (salt, text) in texts.items():
        if bound.get(name) != commitment(name, text, salt=salt):
            return name
    return ""


def redaction_statement(kind: str, tenant: str, facts: Mapping[str, str]) -> dict[str, str]:
    """What a person signs who asks for a redaction or confirms it: the facts of its entry without the signature."""
    said = {name: text for name, text in facts.items() if name != "signature"}
    return {**said, "format": FORMAT, "type": str(kind), "tenant": tenant}
