"""The five trials of every process, stood by the roads of invoices, corrections, write-offs and batches."""

from __future__ import annotations

import asyncio
import copy
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.terms import ExpenseRule, ExpenseTerm
from contracts.process.time_to_bill import (
    StartCorrection,
    StartExpenseIntake,
    StartInvoice,
    StartTimeIntake,
    StartWriteOff,
    WriteOffLine,
)
from kit.clock import ManualClock
from kit.durable import Road
from kit.durable.memory import MemoryDurable
from kit.store import Store
from kit.store.tables import METADATA
from kit.trials import TRIALS, Stage, Stages, Trial, completes, twice_equals_once
from process_apis.time_to_bill.accounts import Accounts, charged
from process_apis.time_to_bill.agreeing import keep
from process_apis.time_to_bill.booking import Booking
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.correcting import CorrectionSteps, correction_road
from process_apis.time_to_bill.expense_taking import ExpenseTaking, expense_road
from process_apis.time_to_bill.process import road
from process_apis.time_to_bill.steps import Steps
from process_apis.time_to_bill.taking import Taking, intake_road
from process_apis.time_to_bill.writing_off import WriteOffSteps, write_off_road
from tests.process_apis.time_to_bill.engine import BUYER, ISSUER
from tests.process_apis.time_to_bill.office import JUNE
from tests.process_apis.time_to_bill.terms import retained, spent
from tests.process_apis.time_to_bill.world import PROJECT, World, agreement, cap, entry

TRAVEL = ExpenseTerm(line_id="line-1", rules=[ExpenseRule(category="travel")])
AGREED: BillingAgreement = agreement(caps=[cap("10000")], expenses=[TRAVEL], buyer=BUYER)
RETAINED: BillingAgreement = replace(retained("1000"), caps=AGREED.caps)
TAXED = Config(issuers={"SG-DE": ISSUER}, tax_service_codes={"SG-DE": "SP140000"})
INVOICE = StartInvoice(invoice_id="inv-1", project_id=PROJECT, through=JUNE, issued_on=JUNE)
ASKED = (
    "select actual_id from actual order by 1",
    "select invoice_id, state, number from invoice order by 1",
    "select actual_id, invoice_id from actual_hold order by 1",
    "select committed, invoiced from cap",
)
FIRST = "psa-main/1/cus-1/1/unbilled_sales/chargeable"


@dataclass
class Prepared:
    """What stood before a trial, made once and copied for every run of it."""

    ledger: bytes
    world: World


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Accounts]:
    """The ledger in a file."""
    store = Store.at(f"sqlite:///{path}")
    try:
        yield Accounts(store=lambda: store, clock=ManualClock(), tenant="default")
    finally:
        await store.close()


@asynccontextmanager
async def copied(prepared: Prepared) -> AsyncIterator[tuple[Accounts, Path, World]]:
    """A ledger and a world of one's own, as they were prepared."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sluice.db"
        path.write_bytes(prepared.ledger)
        async with opened(path) as accounts:
            yield accounts, path, copy.deepcopy(prepared.world)


async def prepare(path: Path, *, invoiced: bool = False, agreed: BillingAgreement = AGREED) -> Prepared:
    """One agreement and two days of work, which are billed if need be."""
    world = World()
    engine = sa.create_engine(f"sqlite:///{path}")
    METADATA.create_all(engine)
    engine.dispose()
    async with opened(path) as accounts:
        async with accounts.write() as books:
            await keep(books, agreed, by="trial")
        if invoiced:
            await work(accounts)
            await ran(road(steps_of(Steps, accounts, world), version=1), INVOICE)
    return Prepared(await asyncio.to_thread(path.read_bytes), world)


async def work(accounts: Accounts) -> None:
    async with accounts.write() as books:
        booking = Booking(books, await books.agreed(PROJECT), system="psa-main", config=Config())
        for each in (entry("1"), entry("2", hours="4")):
            await booking.book(each)


def told(path: Path, world: World) -> Callable[[], Any]:
    """What stands on the ledger, in ERP and tax engine and with sales; drafts of the ERP that were discarded are gone.

    A draft that was discarded on the ledger counts as none, and what was told to sales twice counts once.
    """

    def tell() -> Any:
        with closing(sqlite3.connect(path)) as connection:
            ledger = [connection.execute(query).fetchall() for query in ASKED]
        ledger[1] = [row for row in ledger[1] if row[1] != "discarded"]
        systems: list[Mapping[Any, Any]] = [
            world.erp.documents,
            world.erp.posted,
            world.psa.billed,
            world.tax.documents,
            world.tax.acts,
        ]
        return ledger, *map(dict, systems), world.crm.reports[-1:]

    return tell


def steps_of(kind: type[Steps], accounts: Accounts, world: World, *, taxed: bool = True) -> Any:
    return kind(
        accounts=accounts,
        crm=world.crm,  # type: ignore[arg-type] # answers what the road asks, not a whole role
        erp=world.erp,  # type: ignore[arg-type] # as above
        psa=world.psa,  # type: ignore[arg-type] # as above
        psa_name="psa-main",
        config=TAXED,
        tax=world.tax if taxed else None,  # type: ignore[arg-type] # as above
    )


async def ran(way: Road, start: Any) -> None:
    """Carry one case to its end, decided on the way."""
    async with MemoryDurable.opened([way]) as durable:
        started = await durable.start(way, business_key="before", start=start)
        await durable.settled(started.case_id)
        for asked in (await durable.casebook.approvals()).items:
            await durable.casebook.decide(
                asked.approval_id, approve=True, by="trial", etag=asked.etag, key=asked.approval_id
            )
        await durable.settled(started.case_id)


def invoice(prepared: Prepared) -> Stages:
    """Two days are billed."""

    @asynccontextmanager
    async def stages() -> AsyncIterator[Stage]:
        async with copied(prepared) as (accounts, path, world):
            await work(accounts)
            way = road(steps_of(Steps, accounts, world), version=1)
            yield Stage(road=way, business_key="inv-1", start=INVOICE, world=told(path, world))

    return stages


def correction(prepared: Prepared) -> Stages:
    """A posted invoice is credited in full."""
    start = StartCorrection(
        correction_id="cor-1", invoice_id="inv-1", reason="billed in error", corrected_on=JUNE, requested_by="bea"
    )

    @asynccontextmanager
    async def stages() -> AsyncIterator[Stage]:
        async with copied(prepared) as (accounts, path, world):
            way = correction_road(steps_of(CorrectionSteps, accounts, world), version=1)
            yield Stage(road=way, business_key="cor-1", start=start, world=told(path, world))

    return stages


def batch(prepared: Prepared) -> Stages:
    """Three entries, of which one cannot have been worked: it is left out by a person."""
    entries = [entry("1"), entry("2", hours="4"), entry("3", hours="25")]
    start = StartTimeIntake(batch_id="tb-1", project_id=PROJECT, system="psa-main", entries=entries)
    answers = {"entry_decision_3": "leave_out"}

    @asynccontextmanager
    async def stages() -> AsyncIterator[Stage]:
        async with copied(prepared) as (accounts, path, world):
            way = intake_road(Taking(accounts=accounts, config=Config()), version=1)
            yield Stage(road=way, business_key="tb-1", start=start, world=told(path, world), answers=answers)

    return stages


def retainer(prepared: Prepared) -> Stages:
    """An advance is billed with the work that draws on it; what fell due stays when the invoice is given up."""

    @asynccontextmanager
    async def stages() -> AsyncIterator[Stage]:
        async with copied(prepared) as (accounts, path, world):
            await work(accounts)
            async with accounts.write() as books:
                await charged(books, PROJECT, held=(), through=JUNE)
            way = road(steps_of(Steps, accounts, world, taxed=False), version=1)
            yield Stage(road=way, business_key="inv-1", start=INVOICE, world=told(path, world))

    return stages


def write_off(prepared: Prepared) -> Stages:
    """Two hours of a day are written off."""
    start = StartWriteOff(
        write_off_id="wo-1",
        project_id=PROJECT,
        reason="goodwill",
        written_on=JUNE,
        lines=[WriteOffLine(actual_id=FIRST, quantity=Decimal(2))],
        requested_by="bea",
    )

    @asynccontextmanager
    async def stages() -> AsyncIterator[Stage]:
        async with copied(prepared) as (accounts, path, world):
            await work(accounts)
            way = write_off_road(WriteOffSteps(accounts=accounts, config=Config()), version=1)
            yield Stage(road=way, business_key="wo-1", start=start, world=told(path, world))

    return stages


def expenses(prepared: Prepared) -> Stages:
    """Two expenses, of which one has no receipt: it is left out by a person."""
    entries = [spent("1"), spent("2", receipt="")]
    start = StartExpenseIntake(batch_id="eb-1", project_id=PROJECT, system="psa-main", entries=entries)

    @asynccontextmanager
    async def stages() -> AsyncIterator[Stage]:
        async with copied(prepared) as (accounts, path, world):
            way = expense_road(ExpenseTaking(accounts=accounts, config=Config()), version=1)
            answers = {"expense_decision_2": "leave_out"}
            yield Stage(road=way, business_key="eb-1", start=start, world=told(path, world), answers=answers)

    return stages


@pytest.fixture
async def before(request: pytest.FixtureRequest, tmp_path: Path) -> Prepared:
    """What stands before the trial: an invoice too, where that is what is corrected."""
    return await prepare(tmp_path / "before.db", **request.param)


@pytest.mark.req(243)
@pytest.mark.trials
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
@pytest.mark.parametrize(
    ("before", "stages"),
    [({}, invoice), ({"invoiced": True}, correction), ({"agreed": RETAINED}, retainer), ({}, write_off)],
    ids=["invoice", "correction", "retainer", "write-off"],
    indirect=["before"],
)
async def test_the_process_stands_the_trial(
    trial: Trial, stages: Callable[[Prepared], Stages], before: Prepared
) -> None:
    """Completed, taken back from everywhere and twice, settled in doubt, done twice: the books are right."""
    await trial(stages(before))


@pytest.mark.req(243)
@pytest.mark.trials
@pytest.mark.parametrize("before", [{}], indirect=True)
@pytest.mark.parametrize("stages", [batch, expenses], ids=["time", "expenses"])
@pytest.mark.parametrize("trial", [completes, twice_equals_once], ids=lambda trial: trial.__name__)
async def test_a_batch_stands_the_trials_that_fit_it(
    trial: Trial, stages: Callable[[Prepared], Stages], before: Prepared
) -> None:
    """What was approved stays approved when a batch is given up: there is nothing to take back."""
    await trial(stages(before))
