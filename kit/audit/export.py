"""Writes the chain of a tenant as lines of JSON that prove themselves: entries, checkpoints, and a signed end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from kit.audit.canonical import FORMAT, canonical
from kit.audit.chain import lines
from kit.audit.checkpoint import checkpoints
from kit.audit.entry import moment
from kit.audit.keys import Keys
from kit.settings import SettingsError


def export(connection: sa.Connection, *, tenant: str, keys: Keys, now: dt.datetime) -> Iterator[bytes]:
    """The lines of an export up to the last checkpoint, in a transaction that has read nothing yet and only reads.

    Whoever wants the newest entries makes a checkpoint before. What is redacted meanwhile disturbs nothing: the whole
    is read as it stood at one moment, and a redaction is signed in its own transaction.

    Raises:
        SettingsError: the last checkpoint names another signer than the keys do.

    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
    signed = checkpoints(connection, tenant)
    if signed and signed[-1].body["next"] != keys.signer:
        raise SettingsError("audit.private_keys: a checkpoint has to hand over to the first key before an export")
    yield canonical({"type": "head", "format": FORMAT, "tenant": tenant}) + b"\n"
    after = 0
    for each in signed:
        upto = int(each.body["seq"])
        yield from lines(connection, tenant, after=after, upto=upto)
        yield each.line
        after = upto
    body = {
        "format": FORMAT,
        "type": "end",
        "tenant": tenant,
        "checkpoints": len(signed),
        "seq": after,
        "at": moment(now),
        "key": keys.signer,
    }
    yield canonical({"type": "end", "body": body, "signature": keys.sign(body, by=keys.signer)}) + b"\n"
