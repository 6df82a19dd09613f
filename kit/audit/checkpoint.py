"""Signed checkpoints: where the chain of a tenant stood, and which key signs the next one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from kit.audit.canonical import FORMAT, NOTHING, canonical, digest
from kit.audit.chain import Head, held_head
from kit.audit.entry import moment
from kit.audit.keys import Keys
from kit.settings import SettingsError
from kit.store.audit_chain import AUDIT_CHECKPOINT


class Checkpoint(Struct, frozen=True, kw_only=True):
    """A checkpoint and its signature."""

    body: dict[str, Any]
    signature: str

    @property
    def number(self) -> int:
        """Its number in the chain of checkpoints, from 1."""
        return int(self.body["number"])

    @property
    def seq(self) -> int:
        """The number of the last entry that it covers."""
        return int(self.body["seq"])

    def age_s(self, now: dt.datetime) -> float:
        """Seconds since it was signed."""
        return (now - dt.datetime.fromisoformat(self.body["at"])).total_seconds()

    @property
    def line(self) -> bytes:
        """The checkpoint as a line of an export, and of a witness."""
        return canonical({"type": "checkpoint", "body": self.body, "signature": self.signature}) + b"\n"


class Due(Struct, frozen=True, kw_only=True):
    """When a checkpoint is due: after so many entries, or so many seconds after the last with an entry since."""

    entries: int = 1_000
    seconds: float = 300.0

    def is_due(self, *, entries: int, age_s: float | None) -> bool:
        """Whether it is. `age_s` is None before the first checkpoint."""
        return entries > 0 and (age_s is None or age_s >= self.seconds or entries >= self.entries)


AT_ONCE = Due(entries=1)


def checkpoints(connection: sa.Connection, tenant: str, *, after: int = 0) -> list[Checkpoint]:
    """The checkpoints of a tenant in order."""
    table = AUDIT_CHECKPOINT.c
    query = sa.select(AUDIT_CHECKPOINT).where(table.tenant == tenant, table.number > after).order_by(table.number)
    return [_of(row) for row in connection.execute(query)]


def latest(connection: sa.Connection, tenant: str) -> Checkpoint | None:
    """The last checkpoint of a tenant."""
    table = AUDIT_CHECKPOINT.c
    query = sa.select(AUDIT_CHECKPOINT).where(table.tenant == tenant).order_by(table.number.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _of(row)


def checkpoint(
    connection: sa.Connection, *, tenant: str, keys: Keys, now: dt.datetime, due: Due = AT_ONCE
) -> list[Checkpoint]:
    """Sign where the chain stands if that is due, and hand over to a new key; what was signed.

    Raises:
        SettingsError: the last checkpoint names a signer whose private key is not at hand, so that nobody can hand
            over.

    """
    head = held_head(connection, tenant)
    last = latest(connection, tenant)
    made: list[Checkpoint] = []
    signer = keys.signer if last is None else last.body["next"]
    if signer not in {keys.signer, keys.lost}:
        if signer not in keys:
            raise SettingsError("audit.private_keys: the key that signed so far has to stand behind the new one")
        last = _written(connection, _body(head, last, tenant=tenant, now=now, key=signer, after=keys.signer), keys)
        made.append(last)
    signer = keys.signer
    since = head.seq if last is None else head.seq - last.seq
    age_s = None if last is None else last.age_s(now)
    if due.is_due(entries=since, age_s=age_s):
        made.append(_written(connection, _body(head, last, tenant=tenant, now=now, key=signer, after=signer), keys))
    return made


def _body(
    head: Head, last: Checkpoint | None, *, tenant: str, now: dt.datetime, key: str, after: str
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "type": "checkpoint",
        "tenant": tenant,
        "number": 1 if last is None else last.number + 1,
        "previous": NOTHING if last is None else digest(last.body),
        "seq": head.seq,
        "hash": head.hash,
        "at": moment(now),
        "key": key,
        "next": after,
    }


def _written(connection: sa.Connection, body: dict[str, Any], keys: Keys) -> Checkpoint:
    made = Checkpoint(body=body, signature=keys.sign(body, by=body["key"]))
    row = {
        "tenant": body["tenant"],
        "number": body["number"],
        "seq": body["seq"],
        "body": canonical(body).decode(),
        "signature": made.signature,
    }
    connection.execute(sa.insert(AUDIT_CHECKPOINT).values(**row))
    return made


def _of(row: Any) -> Checkpoint:
    return Checkpoint(body=msgspec.json.decode(row.body), signature=row.signature)
