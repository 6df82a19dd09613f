"""Takes a text out of the chain, by two people: one asks, another confirms; the commitment and so the chain stay.

Asking and taking away are entries themselves, so that a text that merely went missing is told from one that was taken
away: an export in which a text is missing without such an entry is refused.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct

from contracts.problem import Kind as Refusal
from contracts.problem import Problem
from kit.audit.canonical import canonical
from kit.audit.chain import append, entries_of, entry_of, held_head
from kit.audit.checkpoint import checkpoint
from kit.audit.entry import Entry, Item, Kind, Salt, redaction_statement
from kit.audit.keys import Keys
from kit.store.audit_chain import AUDIT_ENTRY, AUDIT_TEXT
from kit.store.tables import AUDIT


class Person(Struct, frozen=True, kw_only=True):
    """Who asks or confirms, and the key that proves it."""

    name: str
    keys: Keys


_PROTECTED: Final = frozenset({Kind.REDACTION_ASKED, Kind.REDACTED})
"""Who took texts away, and why, is not itself taken away."""


@dataclass(frozen=True)
class Redaction:
    """Redacts the chain of one tenant. Each act is one transaction of the caller's, which writes."""

    tenant: str
    keys: Keys
    salt: Salt = secrets.token_bytes

    def ask(
        self, connection: sa.Connection, *, seq: int, names: frozenset[str], reason: str, by: Person, now: dt.datetime
    ) -> int:
        """Ask that texts of an entry be taken away; the number of the asking entry, which the other confirms.

        `names` are texts of the entry, as actor or detail; empty means all that are there.

        Raises:
            Problem: not_found `audit_entry_unknown`; invalid `audit_text_unknown`, `audit_entry_protected` or
                `audit_reason_missing`.

        """
        held_head(connection, self.tenant)
        if not reason.strip():
            raise Problem(Refusal.INVALID, "audit_reason_missing", "a redaction says why")
        entry = self._entry(connection, seq)
        if entry.body["kind"] in _PROTECTED:
            raise Problem(Refusal.INVALID, "audit_entry_protected", "redactions themselves are not redacted")
        wanted = names or frozenset(entry.texts)
        if not wanted or not wanted <= entry.texts.keys():
            gone = ", ".join(sorted(wanted - entry.texts.keys())) or "any text"
            raise Problem(Refusal.INVALID, "audit_text_unknown", f"entry {seq} does not hold {gone}")
        item = Item(
            kind=Kind.REDACTION_ASKED,
            subject=f"entry/{seq}",
            ref=f"redaction/{seq}",
            at=now,
            what="redaction asked",
            texts={"actor": by.name, "detail": reason},
            facts=self._signed(Kind.REDACTION_ASKED, by, target=f"{seq}:{','.join(sorted(wanted))}"),
        )
        return append(connection, [item], tenant=self.tenant, now=now, salt=self.salt).seq

    def confirm(self, connection: sa.Connection, *, asked: int, by: Person, now: dt.datetime) -> int:
        """Take away what somebody else asked for, and sign where the chain stands; the number of the entry says so.

        Confirming again changes nothing and gives the same number.

        Raises:
            Problem: not_found `audit_entry_unknown`; invalid `audit_not_asked`; forbidden `audit_same_person`;
                conflict `audit_text_gone`, when another redaction took one of the texts.

        """
        held_head(connection, self.tenant)
        asking = self._entry(connection, asked)
        if asking.body["kind"] != Kind.REDACTION_ASKED:
            raise Problem(Refusal.INVALID, "audit_not_asked", f"entry {asked} does not ask for a redaction")
        same_name = asking.texts["actor"][1].casefold() == by.name.casefold()
        if same_name or asking.body["facts"]["signer"] == by.keys.signer:
            raise Problem(Refusal.FORBIDDEN, "audit_same_person", "who asks for a redaction does not confirm it")
        done = connection.execute(entries_of(self.tenant).where(AUDIT_ENTRY.c.subject == f"asked/{asked}")).first()
        if done is not None:
            return int(done.seq)
        target = str(asking.body["facts"]["target"])
        seq, _, names = target.partition(":")
        self._take_away(connection, int(seq), names.split(","))
        item = Item(
            kind=Kind.REDACTED,
            subject=f"asked/{asked}",
            ref=f"redaction/{seq}",
            at=now,
            what="redacted",
            texts={"actor": by.name},
            facts=self._signed(Kind.REDACTED, by, target=target, asked=str(asked)),
        )
        last = append(connection, [item], tenant=self.tenant, now=now, salt=self.salt)
        checkpoint(connection, tenant=self.tenant, keys=self.keys, now=now)
        return last.seq

    def _signed(self, kind: Kind, by: Person, **facts: str) -> dict[str, str]:
        """The facts of a redaction, signed by the person, so that whoever verifies sees that there were two."""
        facts["signer"] = by.keys.signer
        signature = by.keys.sign(redaction_statement(kind, self.tenant, facts), by=by.keys.signer)
        return {**facts, "signature": signature}

    def _take_away(self, connection: sa.Connection, seq: int, names: list[str]) -> None:
        """Out of the chain, and out of the line of the trail that it was chained from."""
        entry = self._entry(connection, seq)
        if not set(names) <= entry.texts.keys():
            raise Problem(Refusal.CONFLICT, "audit_text_gone", f"a text of entry {seq} was taken away meanwhile")
        kept = {name: text for name, text in entry.texts.items() if name not in names}
        place = sa.and_(AUDIT_TEXT.c.tenant == self.tenant, AUDIT_TEXT.c.seq == seq)
        changed = sa.update(AUDIT_TEXT).values(texts=canonical(kept).decode()) if kept else sa.delete(AUDIT_TEXT)
        connection.execute(changed.where(place))
        source = connection.execute(entries_of(self.tenant).where(AUDIT_ENTRY.c.seq == seq)).one().source
        if source is not None:
            blank: dict[str, Any] = {name: "" for name in names if name in {"actor", "detail"}}
            connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == source).values(**blank))

    def _entry(self, connection: sa.Connection, seq: int) -> Entry:
        row = connection.execute(entries_of(self.tenant).where(AUDIT_ENTRY.c.seq == seq)).first()
        if row is None:
            raise Problem(Refusal.NOT_FOUND, "audit_entry_unknown", f"the chain has no entry {seq}")
        return entry_of(row)
