from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.audit.chain import append
from kit.audit.config import AuditSettings
from kit.audit.entry import Item, Kind
from kit.audit.export import export
from kit.audit.keeping import Keeper
from kit.audit.sequencing import sequence, sequence_all, waiting
from kit.audit.verify import verify
from kit.audit.witness import Contradicted
from kit.clock import ManualClock
from kit.settings import Secret
from kit.store import Store, migrate
from kit.store.audit_chain import AUDIT_CHECKPOINT, AUDIT_ENTRY
from kit.store.column import Moment
from kit.store.tables import AUDIT, CASE_FILE
from kit.store.url import blocking_url
from kit.trust import new_key_pair
from tests.kit.audit.conftest import NOON, TENANT, Book, keys_of

pytestmark = pytest.mark.req(290, 303)

WRITERS, EACH = 4, 15
PEM = new_key_pair()[0]


def line(case_id: str, number: int) -> dict[str, object]:
    actor = "sluice" if number % 2 else "olivia"
    return {"case_id": case_id, "ref": f"r{number}", "at": NOON, "actor": actor, "what": "step done", "detail": ""}


def case(case_id: str, tenant: str) -> dict[str, object]:
    named = {"case_id": case_id, "tenant": tenant, "process": "p", "version": 1, "business_key": case_id}
    return {**named, "revision": 1, "state": "running", "opened_at": NOON, "changed_at": NOON}


@pytest.fixture
async def stores(url: str) -> AsyncIterator[list[Store]]:
    """Three doors to one store, as three workers have; it held a line before it knew of chains."""
    migrate(url, revision="0009_webhooks")
    engine = sa.create_engine(blocking_url(url))
    with engine.begin() as connection:
        connection.execute(sa.insert(CASE_FILE), [case("c-0", "acme"), case("c-old", "acme")])
        old = "insert into audit (case_id, ref, at, actor, what, detail) values (:case_id, :ref, :at, 'zoe', :what, '')"
        connection.execute(sa.text(old).bindparams(sa.bindparam("at", type_=Moment)), line("c-old", 0))
    engine.dispose()
    migrate(url)
    opened = [Store.at(url, pool=WRITERS) for _ in range(3)]
    yield opened
    for each in opened:
        await each.close()


async def write(store: Store, case_id: str) -> None:
    for number in range(EACH):
        async with store.write() as connection:
            await connection.execute(sa.insert(AUDIT).values(**line(case_id, number)))
            await asyncio.sleep(0)  # others write meanwhile: numbers are drawn before commits


async def test_many_write_and_several_chain(stores: list[Store]) -> None:
    """Each line is chained once, in its case's order, for its tenant, whoever wrote or chained it; old ones first."""
    clock, writing = ManualClock(NOON), asyncio.Event()
    async with stores[0].write() as connection:
        owners = [case("c-1", "acme"), case("c-2", "umbra"), case("c-3", "umbra")]
        await connection.execute(sa.insert(CASE_FILE), owners)

    async def chain(store: Store) -> None:
        while not writing.is_set():
            await sequence(store, tenant=TENANT, clock=clock, limit=7)
            await asyncio.sleep(0.01)

    chaining = [asyncio.create_task(chain(store)) for store in stores]
    await asyncio.gather(*(write(stores[number % 3], f"c-{number}") for number in range(WRITERS)))
    writing.set()
    await asyncio.gather(*chaining)
    await sequence_all(stores[0], tenant=TENANT, clock=clock)

    async with stores[0].read() as connection:
        rows = (await connection.execute(sa.select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.seq))).all()
    if stores[0].engine.dialect.name == "postgresql":
        await _commit_late(stores, clock)
    for number in range(WRITERS):
        mine = [row for row in rows if row.subject == f"c-{number}"]
        assert sorted(row.source for row in mine) == [row.source for row in mine]
        assert (EACH, {"acme" if number < 2 else "umbra"}) == (len(mine), {row.tenant for row in mine})
    assert "c-old" == next(row.subject for row in rows if row.tenant == "acme")
    assert 0 == (await waiting(stores[0])).lines
    for tenant, old in (("acme", 1), ("umbra", 0)):
        lines = await _exported(
            stores[0],
            Keeper(AuditSettings(private_keys=Secret(PEM)), store=stores[0], tenant=TENANT, clock=clock),
            tenant,
        )
        assert WRITERS * EACH // 2 + old == verify(lines).entries


async def _commit_late(stores: list[Store], clock: ManualClock) -> None:
    """A line whose transaction ends after a later one's is waited for, not passed over."""
    async with stores[1].write() as slow:
        await slow.execute(sa.insert(AUDIT).values(**line("c-late", 1)))
        async with stores[2].write() as quick:
            await quick.execute(sa.insert(AUDIT).values(**line("c-late", 2)))
        assert 0 == await sequence_all(stores[0], tenant="late", clock=clock)
        assert 1 == (await waiting(stores[0])).lines
    assert 2 == await sequence_all(stores[0], tenant="late", clock=clock)


async def _exported(store: Store, keeper: Keeper, tenant: str) -> list[bytes]:
    await keeper.sign(tenant)
    async with store.read() as connection:
        return await connection.run_sync(
            lambda at: list(export(at, tenant=tenant, keys=keys_of(PEM), now=NOON + dt.timedelta(hours=1)))
        )


async def test_what_waits_is_told(book: Book) -> None:
    """How many lines are not chained yet, and since when; none once they are."""
    async with book.store.write() as connection:
        await connection.execute(sa.insert(AUDIT), [line("c-1", 1), line("c-1", 2)])
    before = await waiting(book.store)
    await sequence_all(book.store, tenant=TENANT, clock=ManualClock(NOON))

    assert (2, NOON) == (before.lines, before.since)
    assert (0, None) == ((after := await waiting(book.store)).lines, after.since)


def _keeper(book: Book, clock: ManualClock, path: Path) -> Keeper:
    settings = AuditSettings(
        private_keys=Secret(book.pem), checkpoint_entries=3, checkpoint_s=300, lag_s=60, witness=str(path)
    )
    return Keeper(settings, store=book.store, tenant=TENANT, clock=clock)


async def test_a_keeper_signs_when_it_is_due_and_the_witness_sees_it(book: Book, tmp_path: Path) -> None:
    """After so many entries or so long, never without an entry since; the file has each checkpoint once."""
    path, clock = tmp_path / "elsewhere" / "witness", ManualClock(book.now)
    keeper, found = _keeper(book, clock, path), []
    for number in (1, 2, 3, 4):
        async with book.store.write() as connection:
            await connection.execute(sa.insert(AUDIT).values(**line("c", number)))
        await keeper.look()
        found.append(path.read_bytes().count(b"\n"))
    await book.add(15, 15)
    for seconds in (299, 1, 300):
        clock.advance(seconds)
        await _keeper(book, clock, path).look()
        found.append(path.read_bytes().count(b"\n"))

    assert [2, 2, 2, 3, 3, 4, 4] == found
    book.now = clock.now()
    assert 4 == verify(await book.export(), witness=path.read_bytes().splitlines(keepends=True)).witnessed


async def test_a_keeper_signs_nothing_that_its_witness_contradicts(book: Book, tmp_path: Path) -> None:
    """A store that was put back to a copy of yesterday is noticed at the next look, and not signed over."""
    path, clock = tmp_path / "witness", ManualClock(book.now)
    await _keeper(book, clock, path).look()

    def forget(connection: sa.Connection) -> None:
        connection.exec_driver_sql("drop trigger audit_checkpoint_no_delete")
        connection.execute(sa.delete(AUDIT_CHECKPOINT))

    await book.act(forget)
    with pytest.raises(Contradicted, match=TENANT):
        await _keeper(book, clock, path).look()
    assert [] == await book.checkpoints()


async def test_a_keeper_tells_once_that_it_is_late(
    book: Book, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Lines that wait longer than allowed are told as a warning, when they begin to and not with every look."""
    clock = ManualClock(NOON + dt.timedelta(seconds=61))
    keeper = _keeper(book, clock, tmp_path / "witness")
    async with book.store.write() as connection:
        await connection.execute(sa.insert(AUDIT), [line("c", number) for number in range(3)])
    await keeper.look()
    await keeper.look()

    assert ["3 lines of the audit trail are not chained, the oldest for 61 s"] == caplog.messages


async def test_a_hundred_thousand_entries_prove_themselves(book: Book) -> None:
    """A year of a firm is exported and verified entry by entry, without holding it in memory."""
    step = Item(kind=Kind.TRAIL, subject="c", ref="r", at=NOON, what="step done", facts={"actor": "sluice"})
    for _ in range(10):
        await book.act(lambda at: append(at, [step] * 9_999, tenant=TENANT, now=book.now))
    await book.sign()
    async with book.store.read() as connection:
        proof = await connection.run_sync(lambda at: verify(export(at, tenant=TENANT, keys=book.keys, now=book.now)))

    assert 100_000 == proof.entries
