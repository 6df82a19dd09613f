"""Charging in the store, on SQLite and PostgreSQL: two at once book once, and a cap is never passed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa

from contracts.canonical.actuals import Actual, CapPolicy, Chargeability, Side
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.terms import ExpenseRule, ExpenseTerm
from contracts.canonical.trade.ledger.lines import live
from kit.clock import ManualClock
from kit.store import Store
from kit.store.actuals import ACTUAL
from process_apis.time_to_bill.accounts import Accounts, charged
from process_apis.time_to_bill.agreeing import keep
from process_apis.time_to_bill.booking import Booking
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.expense_booking import ExpenseBooking
from tests.process_apis.time_to_bill.office import JUNE
from tests.process_apis.time_to_bill.terms import money, retained, spent, subscribed
from tests.process_apis.time_to_bill.world import PROJECT, agreement, cap, entry


async def agreed(store: Store, about: BillingAgreement) -> Accounts:
    """The books of a firm that agreed about a project."""
    accounts = Accounts(store=lambda: store, clock=ManualClock(), tenant="acme")
    async with accounts.write() as books:
        await keep(books, about, by="bianca")
    return accounts


async def charge(accounts: Accounts) -> int:
    """Book what falls due through June; how many lines that were."""
    async with accounts.write() as books:
        held = await books.ledger.held()
        return len((await charged(books, PROJECT, held=held, through=JUNE)).appended)


async def lines(accounts: Accounts) -> Sequence[Actual]:
    async with accounts.read() as books:
        return live(await books.lines(PROJECT))


@pytest.mark.req(161, 245)
async def test_two_who_charge_at_once_book_what_falls_due_once(store: Store) -> None:
    """Four at the same time: one books the months, the others find them."""
    accounts = await agreed(store, subscribed(("2026-01-01", "100")))

    assert [0, 0, 0, 6] == sorted(await asyncio.gather(*(charge(accounts) for _ in range(4))))
    assert Decimal(600) == sum(line.amount.amount for line in await lines(accounts))


@pytest.mark.req(159, 245)
async def test_two_who_draw_on_an_advance_at_once_draw_once(store: Store) -> None:
    """What is drawn is what was worked, never twice that."""
    accounts = await agreed(store, retained("3000", carry_over=1))
    async with accounts.write() as books:
        booking = Booking(books, await books.agreed(PROJECT), system="psa-main", config=Config())
        await booking.book(entry("1"))
    await asyncio.gather(*(charge(accounts) for _ in range(4)))
    drawn = [line.amount.amount for line in await lines(accounts) if line.unit == "drawn"]

    assert [Decimal(-1600)] == drawn


@pytest.mark.req(154, 157, 245)
async def test_expenses_that_race_for_the_last_of_a_cap_never_pass_it(store: Store) -> None:
    """Four times 400 at once under a cap of 1,000: exactly that is charged, the rest is over it."""
    term = ExpenseTerm(line_id="line-1", rules=[ExpenseRule(category="travel")])
    limit = cap("1000", CapPolicy.TRIM, category="travel")
    accounts = await agreed(store, agreement(expenses=[term], caps=[limit]))

    async def take(entry_id: str) -> None:
        async with accounts.write() as books:
            booking = ExpenseBooking(books, await books.agreed(PROJECT), system="psa-main", config=Config())
            assert "taken" == await booking.book(spent(entry_id, money("400")))

    await asyncio.gather(*(take(str(number)) for number in range(4)))
    sums = {
        charged_as: sum(line.amount.amount for line in await lines(accounts) if line.chargeability is charged_as)
        for charged_as in (Chargeability.CHARGEABLE, Chargeability.OVER_CAP)
    }

    assert {Chargeability.CHARGEABLE: Decimal(1000), Chargeability.OVER_CAP: Decimal(600)} == sums


@pytest.mark.req(245)
async def test_a_line_that_was_kept_before_a_field_was_known_is_the_same_line(store: Store) -> None:
    """Appended again after an upgrade it stands; another line under its name is still refused."""
    accounts = await agreed(store, subscribed(("2026-06-01", "100")))
    async with accounts.write() as books:
        found = (await charged(books, PROJECT, held=(), through=JUNE)).appended
        row = (await books.connection.execute(sa.select(ACTUAL))).mappings().one()
        older = {name: value for name, value in json.loads(row["line"]).items() if name != "category"}
        kept = {**row, "tenant": "older", "line": json.dumps(older)}
        await books.connection.execute(sa.insert(ACTUAL).values(kept))
    older_books = Accounts(store=lambda: store, clock=ManualClock(), tenant="older")
    async with older_books.write() as books:
        await books.ledger.append(found)
        stands = await books.lines(PROJECT)

    assert [(Side.UNBILLED_SALES, Decimal("100.00"))] == [(line.side, line.amount.amount) for line in stands]
