"""Proves an export by itself: every entry, every signature, to the signed end; names the first thing that is broken.

It reads nothing but the lines, needs no store and no settings, and keeps only what is still open: checkpoints, and
texts that are missing and whose redaction has to follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from kit.audit.canonical import FORMAT, NOTHING, canonical, digest
from kit.audit.entry import Kind, differing, redaction_statement
from kit.audit.keys import signed

_ENTRY: Final[dict[str, type]] = {"body": dict, "hash": str, "texts": dict}
_SIGNED: Final[dict[str, type]] = {"body": dict, "signature": str}
_MEMBERS: Final[dict[str, dict[str, type]]] = {
    "head": {"format": str, "tenant": str},
    "entry": _ENTRY,
    "checkpoint": _SIGNED,
    "end": _SIGNED,
}
_SIGNED_BY_PEOPLE: Final = frozenset({Kind.REDACTION_ASKED, Kind.REDACTED})


class Broken(Exception):
    """The export is not what was written. `where` names the first entry or line that is not."""

    def __init__(self, code: str, where: str, why: str) -> None:
        super().__init__(f"{where}: {why} ({code})")
        self.code = code
        self.where = where


@dataclass
class Proof:
    """What was proven. `root` is the public key of the first checkpoint: who does not know it has to compare it."""

    tenant: str = ""
    entries: int = 0
    redacted: int = 0
    root: str = ""
    hash: str = NOTHING
    ended_at: str = ""
    checkpoints: list[str] = field(default_factory=list)
    """The hash of each checkpoint's body, in order."""
    signers: list[str] = field(default_factory=list)
    witnessed: int = 0
    """How many checkpoints a witness had seen too."""


def verify(lines: Iterable[bytes], *, witness: Iterable[bytes] | None = None, trusted: Iterable[str] = ()) -> Proof:
    """Prove an export.

    `witness` holds lines of checkpoints that were kept elsewhere; each that was signed before the export ended has to
    be in it. `trusted` are public keys that are known otherwise: the first signer has to be one, and each that has not
    signed before may follow another that was lost.

    Raises:
        Broken: with the first entry, checkpoint or line that does not hold.

    """
    reading = _Reading(frozenset(trusted))
    for number, line in enumerate(lines, start=1):
        with _read(f"line {number}"):
            reading.take(number, line)
    reading.close()
    if witness is not None:
        _compare(reading.proof, witness)
    return reading.proof


@contextmanager
def _read(where: str) -> Iterator[None]:
    """Whoever forges a line may leave out or misspell any member of it."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Broken("unread", where, "a member is missing or of another kind") from None


class _Reading:
    def __init__(self, trusted: frozenset[str]) -> None:
        self.proof = Proof()
        self._trusted = trusted
        self._last: dict[str, Any] = {}
        self._missing: dict[int, set[str]] = {}
        self._asked: dict[int, dict[str, str]] = {}
        self._ended = False

    def take(self, number: int, line: bytes) -> None:
        where = f"line {number}"
        if self._ended:
            raise Broken("after_the_end", where, "something follows the signed end")
        document = _document(line, where)
        kind = document["type"]
        if (number == 1) != (kind == "head"):
            raise Broken("head", where, "an export begins with its head, and has one")
        if kind == "head":
            if document["format"] != FORMAT:
                raise Broken("format", where, f"this reads {FORMAT}")
            self.proof.tenant = document["tenant"]
        elif kind == "entry":
            self._entry(document, where)
        else:
            body = document["body"]
            if (body.get("format"), body.get("type"), body.get("tenant")) != (FORMAT, kind, self.proof.tenant):
                raise Broken("checkpoint_foreign", where, "it is signed for something else")
            (self._checkpoint if kind == "checkpoint" else self._end)(document, where)

    def _entry(self, document: dict[str, Any], where: str) -> None:
        body, texts = document["body"], document["texts"]
        expected = self.proof.entries + 1
        name = f"entry {expected} ({where})"
        if document["hash"] != digest(body):
            raise Broken("edited", name, "its content is not what its hash was taken of")
        if (body["seq"], body["tenant"], body["format"]) != (expected, self.proof.tenant, FORMAT):
            raise Broken("out_of_order", name, f"number {body['seq']} of {body['tenant']} stands in its place")
        if body["previous"] != self.proof.hash:
            raise Broken("unlinked", name, "it does not follow the entry before it")
        if differs := differing(body, texts):
            raise Broken("text_edited", name, f"its {differs} is not the text it is bound to")
        if gone := body["texts"].keys() - texts.keys():
            self._missing[expected] = set(gone)
        if body["kind"] in _SIGNED_BY_PEOPLE:
            self._person(body, name)
            if body["kind"] == Kind.REDACTED:
                self._redacted(body, name)
            else:
                self._asked[expected] = body["facts"]
        self.proof.entries, self.proof.hash = expected, document["hash"]

    def _redacted(self, body: dict[str, Any], name: str) -> None:
        facts = body["facts"]
        asked = self._asked.get(int(facts["asked"]))
        if asked is None or asked["target"] != facts["target"] or asked["signer"] == facts["signer"]:
            raise Broken("redaction_alone", name, "nobody else had asked for it")
        seq, _, names = str(facts["target"]).partition(":")
        missing = self._missing.get(int(seq), set())
        if not set(names.split(",")) <= missing:
            raise Broken("redaction_undone", name, f"what it took away from entry {seq} is there")
        missing -= set(names.split(","))
        self.proof.redacted += 1
        if not missing:
            del self._missing[int(seq)]

    def _person(self, body: dict[str, Any], name: str) -> None:
        statement = redaction_statement(body["kind"], self.proof.tenant, body["facts"])
        if not signed(statement, body["facts"]["signature"], by=body["facts"]["signer"]):
            raise Broken("redaction_unsigned", name, "nobody signed for it")

    def _checkpoint(self, document: dict[str, Any], where: str) -> None:
        body, proof = document["body"], self.proof
        expected = len(proof.checkpoints) + 1
        name = f"checkpoint {expected} ({where})"
        if body["number"] != expected or body["previous"] != (proof.checkpoints[-1] if proof.checkpoints else NOTHING):
            raise Broken("checkpoint_out_of_order", name, f"number {body['number']} does not follow the one before it")
        self._signed(document, name)
        if (body["seq"], body["hash"]) != (proof.entries, proof.hash):
            why = f"it was signed over {body['seq']} entries, and these {proof.entries} are not they"
            raise Broken("checkpoint_differs", f"entry {proof.entries} ({name})", why)
        proof.checkpoints.append(digest(body))
        self._seen(body["key"])
        self._last = body

    def _signed(self, document: dict[str, Any], name: str) -> None:
        key = document["body"]["key"]
        if not self._last:
            if self._trusted and key not in self._trusted:
                raise Broken("key_unknown", name, "the first key is none of those that were given")
            self.proof.root = key
        elif key != self._last["next"] and (key not in self._trusted or key in self.proof.signers):
            raise Broken("key_unknown", name, "the key before did not hand over to this one")
        if not signed(document["body"], document["signature"], by=key):
            raise Broken("forged", name, "the signature is not that of its key")

    def _end(self, document: dict[str, Any], where: str) -> None:
        body, proof = document["body"], self.proof
        if not self._last:
            raise Broken("unsigned", where, "no checkpoint was ever signed")
        if body["key"] != self._last["next"] or not signed(body, document["signature"], by=body["key"]):
            raise Broken("forged", f"end ({where})", "it is not signed by the key of the last checkpoint")
        if (body["checkpoints"], body["seq"]) != (len(proof.checkpoints), proof.entries):
            why = f"it was signed over {body['seq']} entries and {body['checkpoints']} checkpoints"
            raise Broken("truncated", f"entry {proof.entries} (end, {where})", why)
        if self._last["seq"] != proof.entries:
            raise Broken("unsigned", f"entry {proof.entries} ({where})", "no checkpoint was signed over it")
        self._seen(body["key"])
        proof.ended_at, self._ended = body["at"], True

    def _seen(self, key: str) -> None:
        if key not in self.proof.signers:
            self.proof.signers.append(key)

    def close(self) -> None:
        if not self._ended:
            raise Broken("truncated", f"entry {self.proof.entries}", "nothing follows, not even the signed end")
        for seq, names in self._missing.items():
            why = f"its {', '.join(sorted(names))} is missing, and no redaction says so"
            raise Broken("text_missing", f"entry {seq}", why)


def _document(line: bytes, where: str) -> dict[str, Any]:
    """A line as it was written; in another spelling it would mean one thing here and another elsewhere."""
    try:
        document = msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise Broken("unread", where, "it is not JSON") from None
    if not isinstance(document, dict) or canonical(document) + b"\n" != line:
        raise Broken("unread", where, "it is not one object in canonical JSON and a line feed")
    members = _MEMBERS.get(str(document.get("type")))
    if members is None or any(not isinstance(document.get(name), kind) for name, kind in members.items()):
        raise Broken("unread", where, "it is no line of an export")
    return document


def _compare(proof: Proof, witness: Iterable[bytes]) -> None:
    for line, written in enumerate(witness, start=1):
        with _read(f"line {line} of the witness"):
            body = _document(written, f"line {line} of the witness")["body"]
            if body["tenant"] == proof.tenant and body["at"] <= proof.ended_at:
                _witnessed(proof, body)
    if not proof.witnessed:
        raise Broken("witness_silent", "the witness", f"it has seen nothing of {proof.tenant}")


def _witnessed(proof: Proof, body: dict[str, Any]) -> None:
    number = int(body["number"])
    name = f"entry {body['seq']} (checkpoint {number})"
    if number > len(proof.checkpoints):
        raise Broken("rolled_back", name, "a witness saw it signed, and here it is not")
    if proof.checkpoints[number - 1] != digest(body):
        raise Broken("rewritten", name, "a witness saw another checkpoint")
    proof.witnessed += 1
