"""`sluice audit`: export the audit chain, prove an export by itself, see how far the chain is, redact by two people."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kit.settings import Secret, SettingsError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from kit.audit.redaction import Person
    from kit.tier import Settings

T = TypeVar("T")


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    settings_option: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Teach the command line its words."""
    parser = commands.add_parser("audit", help="export, prove, watch and redact the audit chain")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser("verify", help="prove an export, from the file alone; exit 1 with what is broken first")
    verify.add_argument("file", type=Path, help="what `sluice audit export` wrote")
    verify.add_argument("--witness", type=Path, help="checkpoints that were kept elsewhere: shows truncation, rollback")
    verify.add_argument("--key", type=Path, action="append", default=[], help="public key as PEM, known otherwise")
    export = verbs.add_parser("export", help="write the chain of a tenant, signed to its end")
    export.add_argument("--out", type=Path, required=True, help="file that must not exist yet")
    status = verbs.add_parser("status", help="how far the chain is; exit 1 when it is behind for too long")
    redact = verbs.add_parser("redact", help="ask that texts of an entry go, or confirm what somebody else asked for")
    which = redact.add_mutually_exclusive_group(required=True)
    which.add_argument("--entry", type=int, help="the entry whose texts are to go; prints what to confirm")
    which.add_argument("--confirm", type=int, metavar="ASKED", help="the asking entry")
    redact.add_argument("--text", action="append", default=[], help="actor or detail; by default all that are there")
    redact.add_argument("--reason", default="", help="why, with --entry")
    redact.add_argument("--by", required=True, help="who speaks, by the name in audit.redactors")
    redact.add_argument("--key", type=Path, required=True, help="private key as PEM of whoever speaks")
    for verb in (export, status, redact):
        settings_option(verb)
        verb.add_argument("--tenant", default="", help="by default that of the settings")


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says.

    Raises:
        Problem: a redaction is refused.
        SettingsError: there is no store or no key, or a file cannot be read.

    """
    verbs = {"verify": _verify, "export": _export, "status": _status, "redact": _redact}
    try:
        return verbs[arguments.verb](arguments)
    except OSError as fault:
        message = f"{fault.filename}: {fault.strerror}"
        raise SettingsError(message) from None


def _verify(arguments: argparse.Namespace) -> int:
    from kit.audit.keys import fingerprint, public_of_pem
    from kit.audit.verify import Broken, verify

    try:
        trusted = [public_of_pem(path.read_bytes()) for path in arguments.key]
    except ValueError as fault:
        raise SettingsError(f"--key: {fault}") from None
    witness = arguments.witness.read_bytes().splitlines(keepends=True) if arguments.witness else None
    try:
        with arguments.file.open("rb") as lines:
            proof = verify(lines, witness=witness, trusted=trusted)
    except Broken as broken:
        print(f"broken: {broken}", file=sys.stderr)
        return 1
    print(
        f"whole: {proof.entries} entries of {proof.tenant}, {len(proof.checkpoints)} checkpoints, "
        f"{proof.redacted} redactions, exported {proof.ended_at}"
    )
    for key in proof.signers:
        print(f"signed by {fingerprint(key)}")
    if not trusted:
        print("no --key was given: compare the first fingerprint with the one you were told by other means")
    if witness is None:
        print("no --witness was given: a store that was rolled back before the export would not be noticed")
    else:
        print(f"the witness saw {proof.witnessed} of the checkpoints")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from kit.audit.checkpoint import checkpoint
    from kit.audit.export import export

    settings, tenant = _told(arguments)
    keys, now = settings.audit.keys(), dt.datetime.now(dt.UTC)

    def written(connection: sa.Connection) -> int:
        with arguments.out.open("xb") as out:
            return sum(out.write(line) for line in export(connection, tenant=tenant, keys=keys, now=now))

    _done(settings, lambda at: checkpoint(at, tenant=tenant, keys=keys, now=now), chain=True)
    size = _done(settings, written, reads=True)
    print(f"written: {arguments.out}, {size} bytes; prove it with `sluice audit verify {arguments.out}`")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from kit.audit.chain import head
    from kit.audit.checkpoint import latest
    from kit.audit.sequencing import waiting_now

    settings, tenant = _told(arguments)
    left, last, signed = _done(settings, lambda at: (waiting_now(at), head(at, tenant), latest(at, tenant)), reads=True)
    age_s = 0.0 if left.since is None else (dt.datetime.now(dt.UTC) - left.since).total_seconds()
    print(f"chained: {last.seq} entries of {tenant}")
    print(f"signed: {signed.seq} entries, {signed.body['at']}" if signed else "signed: nothing yet")
    print(f"waiting: {left.lines} lines, the oldest for {age_s:.0f} s")
    return 1 if age_s > settings.audit.lag_s else 0


def _redact(arguments: argparse.Namespace) -> int:
    from kit.audit.redaction import Redaction

    settings, tenant = _told(arguments)
    redaction, now = Redaction(tenant, settings.audit.keys()), dt.datetime.now(dt.UTC)
    person = _person(settings, arguments)
    if arguments.confirm is not None:
        done = _done(settings, lambda at: redaction.confirm(at, asked=arguments.confirm, by=person, now=now))
        print(f"redacted, as entry {done} says; erase older exports and copies of the store too")
        return 0
    names = frozenset(arguments.text)
    asked = _done(
        settings,
        lambda at: redaction.ask(at, seq=arguments.entry, names=names, reason=arguments.reason, by=person, now=now),
    )
    print(f"asked; somebody else confirms it with `sluice audit redact --confirm {asked}`")
    return 0


def _told(arguments: argparse.Namespace) -> tuple[Settings, str]:
    from kit.tier import load

    settings = load(arguments.settings, os.environ)
    if not settings.store.url.reveal():
        raise SettingsError("store.url is missing: the database that holds the chain")
    return settings, arguments.tenant or settings.tenant


def _person(settings: Settings, arguments: argparse.Namespace) -> Person:
    """Who speaks, once the key has proven it."""
    from kit.audit.keys import Keys, public_of_pem
    from kit.audit.redaction import Person

    known = settings.audit.redactors.get(arguments.by)
    if known is None:
        raise SettingsError(f"audit.redactors.{arguments.by} is missing: who may redact is named there with a key")
    keys = Keys(Secret(arguments.key.read_text(encoding="utf-8")), setting="--key")
    if keys.signer != public_of_pem(known.encode()):
        raise SettingsError(f"--key is not the key of {arguments.by}")
    return Person(name=arguments.by, keys=keys)


def _done(settings: Settings, work: Callable[[sa.Connection], T], *, reads: bool = False, chain: bool = False) -> T:
    """What comes of a transaction; with `chain` lines that wait are chained before."""
    from kit.audit.sequencing import sequence_all
    from kit.clock import SystemClock
    from kit.store import Store

    async def done() -> T:
        store = Store.at(settings.store.url.reveal(), pool=1)
        try:
            if chain:
                await sequence_all(store, tenant=settings.tenant, clock=SystemClock())
            async with store.read() if reads else store.write() as connection:
                return await connection.run_sync(work)
        finally:
            await store.close()

    return asyncio.run(done())
