"""The ledger in the store, on SQLite and PostgreSQL: what races cannot break, and what the database refuses."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.actuals import Actual, CapLevel, CapPolicy, CapTerm, CapUnit, CapVerdict, LineState, Side
from contracts.canonical.documents import QuotedRate
from contracts.canonical.invoices import Invoice, InvoiceKind, InvoiceState
from contracts.canonical.trade.exchange import found_rate
from contracts.canonical.trade.ledger.approval import cancelled
from contracts.canonical.trade.ledger.billing import drafted, ready, requantified
from contracts.canonical.trade.ledger.correcting import corrected, reopened
from contracts.canonical.trade.ledger.lines import Refused, balance, live
from contracts.problem import Problem
from kit.store import Store
from kit.store.actuals import ACTUAL, ACTUAL_HOLD, CAP_USE, INVOICE, INVOICE_LINE, NUMBER_SERIES
from kit.store.caps import Caps
from kit.store.ledger import Ledger
from tests.process_apis.time_to_bill.trade import DAY, hours, lines_of, place

NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
OPEN: frozenset[str] = frozenset()


def ledger(connection: AsyncConnection) -> Ledger:
    return Ledger(connection=connection, tenant="acme", now=NOW)


def caps(connection: AsyncConnection) -> Caps:
    return Caps(connection=connection, tenant="acme", now=NOW)


def capped(policy: CapPolicy, limit: str, *, cap_id: str = "cap-1") -> CapTerm:
    return CapTerm(
        cap_id=cap_id,
        level=CapLevel.CONTRACT,
        unit=CapUnit.AMOUNT,
        limit=Decimal(limit),
        policy=policy,
        contract_id="con-1",
    )


async def approve(store: Store, *source_ids: str) -> list[Actual]:
    lines = [line for source_id in source_ids for line in lines_of(hours(source_id))]
    async with store.write() as connection:
        await ledger(connection).append(lines)
    return lines


async def draft(store: Store, invoice_id: str, lines: Sequence[Actual]) -> Invoice:
    made = drafted(invoice_id, ready(lines, held=()), held=())
    async with store.write() as connection:
        await ledger(connection).draft(made)
    return made


async def post(store: Store, invoice_id: str) -> Invoice:
    async with store.write() as connection:
        return await ledger(connection).post(invoice_id, series="R", posted_on=DAY, closed=OPEN)


async def stored(store: Store) -> list[Actual]:
    async with store.read() as connection:
        return await ledger(connection).of_contract_line("line-1")


async def changed(store: Store, statement: sa.Update | sa.Delete) -> int:
    async with store.write() as connection:
        return int((await connection.execute(statement)).rowcount)


@pytest.mark.req(157, 164)
async def test_fifty_who_race_for_one_cap_never_overspend_it(store: Store) -> None:
    """Fifty approvals of 700 at once against 10,000: fourteen get it, and no cent more than the cap is committed."""
    async with store.write() as connection:
        await caps(connection).agree(capped(CapPolicy.REJECT, "10000"))

    async def take(number: int) -> CapVerdict:
        async with store.write() as connection:
            return await caps(connection).take(
                ["cap-1"], f"use-{number}", quantity=Decimal(7), rate=Decimal(100), currency="EUR"
            )

    verdicts = await asyncio.gather(*(take(number) for number in range(50)))
    async with store.read() as connection:
        [standing] = await caps(connection).of_contract("con-1")
        uses = (await connection.execute(sa.select(sa.func.count()).select_from(CAP_USE))).scalar_one()
    assert 14 == sum(1 for verdict in verdicts if not verdict.code)
    assert (Decimal("9800.00"), 14) == (standing.committed, uses)


@pytest.mark.req(157, 164)
async def test_racing_for_a_cap_that_trims_spends_it_to_the_cent(store: Store) -> None:
    """Fifty of 8 h at 100 against two caps that trim: the tighter is spent exactly, the looser has as much."""
    async with store.write() as connection:
        await caps(connection).agree(capped(CapPolicy.TRIM, "10000.50"))
        await caps(connection).agree(capped(CapPolicy.TRIM, "20000", cap_id="cap-2"))

    async def take(number: int) -> CapVerdict:
        both = ["cap-1", "cap-2"] if number % 2 else ["cap-2", "cap-1"]
        async with store.write() as connection:
            return await caps(connection).take(
                both, f"use-{number}", quantity=Decimal(8), rate=Decimal(100), currency="EUR"
            )

    verdicts = await asyncio.gather(*(take(number) for number in range(50)))
    async with store.read() as connection:
        standings = await caps(connection).of_contract("con-1")
    assert [Decimal("10000.50")] * 2 == [each.committed for each in standings]
    assert Decimal(400) == sum(each.chargeable + each.over_cap for each in verdicts)


@pytest.mark.req(157)
async def test_what_is_consumed_moves_and_never_below_nothing(store: Store) -> None:
    """Posting moves from committed to invoiced; a use is told once; more than was consumed is not given back."""
    async with store.write() as connection:
        await caps(connection).agree(capped(CapPolicy.HARD, "1000"))
        await caps(connection).take(["cap-1"], "te-1", quantity=Decimal(8), rate=Decimal(100), currency="EUR")
        await caps(connection).shift("cap-1", "te-1/posted", committed=Decimal(-800), invoiced=Decimal(800))
        [standing] = await caps(connection).of_contract("con-1")
    assert (Decimal("0.00"), Decimal(800)) == (standing.committed, standing.invoiced)
    for use_id, code in (("te-1/posted", "cap_use_exists"), ("te-2", "cap_below_nothing")):
        back = Decimal(0) if use_id == "te-1/posted" else Decimal(-1)
        with pytest.raises(Problem) as refusal:
            async with store.write() as connection:
                await caps(connection).shift("cap-1", use_id, committed=back, invoiced=Decimal(0))
        assert code == refusal.value.code


@pytest.mark.req(157, 164)
async def test_a_line_is_on_one_draft_only(store: Store) -> None:
    """Of ten who draft one line at once, one gets it and nine are told; discarding frees it for the next."""
    lines = await approve(store, "te-1")
    results = await asyncio.gather(
        *(draft(store, f"inv-{number}", lines) for number in range(10)), return_exceptions=True
    )
    won = [each for each in results if isinstance(each, Invoice)]
    assert 1 == len(won)
    assert ["actual_on_draft"] * 9 == [each.code for each in results if isinstance(each, Problem)]
    async with store.write() as connection:
        await ledger(connection).discard(won[0].invoice_id)
    await draft(store, "inv-again", lines)
    async with store.read() as connection:
        assert {lines[1].actual_id} == await ledger(connection).held()


@pytest.mark.req(153, 164)
async def test_who_cancels_and_who_drafts_exclude_each_other(store: Store) -> None:
    """A cancelled approval is on no draft and a drafted line is not cancelled, whoever is first, twenty times over."""
    for number in range(20):
        lines = await approve(store, f"te-{number}")

        async def cancel(mine: list[Actual] = lines) -> None:
            undone = cancelled(mine, mine[0], held=(), accounting_date=DAY, reason="wrong project", decided_by="dana")
            async with store.write() as connection:
                await ledger(connection).append(undone)

        outcomes = await asyncio.gather(cancel(), draft(store, f"inv-{number}", lines), return_exceptions=True)
        refusals = [each.code for each in outcomes if isinstance(each, Problem)]
        assert refusals in (["actual_on_draft"], ["actual_adjusted"])


@pytest.mark.req(164)
async def test_legal_numbers_have_no_gap(store: Store) -> None:
    """Of twenty posted at once every fourth fails after its number was drawn; the others have 1 to 15."""
    for number in range(20):
        await draft(store, f"inv-{number}", await approve(store, f"te-{number}"))

    async def one(number: int) -> int | None:
        async with store.write() as connection:
            done = await ledger(connection).post(f"inv-{number}", series="R", posted_on=DAY, closed=OPEN)
            if number % 4 == 0:
                message = "the machine stops"
                raise RuntimeError(message)
            return done.number

    results = await asyncio.gather(*(one(number) for number in range(20)), return_exceptions=True)
    assert 5 == sum(1 for each in results if isinstance(each, RuntimeError))
    assert list(range(1, 16)) == sorted(each for each in results if isinstance(each, int))
    async with store.read() as connection:
        last = (await connection.execute(sa.select(NUMBER_SERIES.c.last))).scalar_one()
        drafts = sa.select(sa.func.count()).where(INVOICE.c.state == InvoiceState.DRAFT.value)
        assert (15, 5) == (last, (await connection.execute(drafts)).scalar_one())
    assert 16 == (await post(store, "inv-0")).number


@pytest.mark.req(164)
async def test_a_draft_is_posted_once(store: Store) -> None:
    """Of five who post one draft at once, one does; its lines are billed once."""
    await draft(store, "inv-1", await approve(store, "te-1"))
    results = await asyncio.gather(*(post(store, "inv-1") for _ in range(5)), return_exceptions=True)
    assert ["not_a_draft"] * 4 == [each.code for each in results if isinstance(each, Problem)]
    assert (Decimal(0), Decimal(8)) == (balance(await stored(store)).wip, balance(await stored(store)).billed)


@pytest.mark.req(164, 181)
async def test_a_closed_month_is_not_posted_into(store: Store) -> None:
    """Posting into a closed month leaves the draft, its hold and the series as they were."""
    await draft(store, "inv-1", await approve(store, "te-1"))
    with pytest.raises(Refused, match="2026-06"):
        async with store.write() as connection:
            await ledger(connection).post("inv-1", series="R", posted_on=DAY, closed={"2026-06"})
    assert 1 == (await post(store, "inv-1")).number


@pytest.mark.req(164, 174)
async def test_what_is_posted_cannot_be_changed_or_deleted(store: Store) -> None:
    """The database itself refuses to update or delete a line, a posted invoice, its lines and uses of a cap."""
    await draft(store, "inv-1", await approve(store, "te-1"))
    await post(store, "inv-1")
    async with store.write() as connection:
        await caps(connection).agree(capped(CapPolicy.WARN, "1"))
        await caps(connection).take(["cap-1"], "te-1", quantity=Decimal(8), rate=Decimal(1), currency="EUR")
    statements: list[sa.Update | sa.Delete] = [sa.delete(table) for table in (ACTUAL, INVOICE, INVOICE_LINE, CAP_USE)]
    statements += [
        sa.update(ACTUAL).values(line="{}"),
        sa.update(INVOICE).values(number=7),
        sa.update(INVOICE_LINE).values(line="{}"),
        sa.update(CAP_USE).values(committed="0"),
    ]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"):
            await changed(store, statement)
    assert 4 == len(await stored(store))


@pytest.mark.req(164)
async def test_a_draft_may_still_be_changed(store: Store) -> None:
    """The guard is for what is posted: a draft takes another quantity, which is then what is billed."""
    lines = await approve(store, "te-1")
    made = await draft(store, "inv-1", lines)
    async with store.write() as connection:
        await ledger(connection).change(requantified(made, lines[1].actual_id, Decimal(6), reason="travel"))
    assert Decimal("1200.00") == (await _document(await post(store, "inv-1")))[0]
    assert Decimal(6) == balance(await stored(store)).billed


@pytest.mark.req(153)
async def test_the_same_lines_are_appended_once_and_others_refused(store: Store) -> None:
    """An approval that comes twice changes nothing; other hours under the same name are refused."""
    await approve(store, "te-1")
    await approve(store, "te-1")
    assert 2 == len(await stored(store))
    with pytest.raises(Problem) as refusal:
        async with store.write() as connection:
            await ledger(connection).append(lines_of(hours("te-1", "7")))
    assert "actual_exists" == refusal.value.code


@pytest.mark.req(164, 168)
async def test_a_full_credit_opens_every_line_again(store: Store) -> None:
    """A posted invoice and its credit come to nothing, the hours can be billed again, a second credit is refused."""
    await draft(store, "inv-1", await approve(store, "te-1", "te-2"))
    invoice = await post(store, "inv-1")
    lines = await stored(store)

    async def credit(credit_id: str) -> Invoice:
        made, appended = reopened(
            lines, invoice, credit_id=credit_id, credited_on=DAY, reason="wrong order", decided_by="dana"
        )
        async with store.write() as connection:
            return await ledger(connection).correct(made, appended, series="G", posted_on=DAY, closed=OPEN)

    results = await asyncio.gather(credit("cor-1"), credit("cor-2"), return_exceptions=True)
    [done] = [each for each in results if isinstance(each, Invoice)]
    assert ["actual_exists"] == [each.code for each in results if isinstance(each, Problem)]
    assert [-each for each in await _document(invoice)] == await _document(done)
    after = await stored(store)
    assert (Decimal(16), Decimal(0)) == (balance(after).wip, balance(after).billed)
    assert [LineState.OPEN] * 2 == [line.state for line in live(after, side=Side.UNBILLED_SALES)]
    async with store.read() as connection:
        held = await ledger(connection).held()
        assert 2 == len(ready(after, held=held))
        assert 2 == (await connection.execute(sa.select(sa.func.count()).select_from(ACTUAL_HOLD))).scalar_one()


@pytest.mark.req(164)
async def test_a_partial_credit_keeps_the_rates_of_its_invoice(store: Store) -> None:
    """8 h billed at 1.25 dollars, corrected to 6: minus 400 are minus 500 dollars; a draft cannot be corrected."""
    quoted = QuotedRate(from_currency="EUR", to_currency="USD", rate=Decimal("1.25"), starts_on=DAY)
    rates = found_rate([quoted], "EUR", "USD", on=DAY, via="USD")
    made = await draft(store, "inv-1", await approve(store, "te-1"))
    correction = replace(made, invoice_id="cor-1", kind=InvoiceKind.CORRECTION, corrects="inv-1", lines=[])
    with pytest.raises(Problem, check=lambda problem: problem.code == "not_posted"):
        async with store.write() as connection:
            await ledger(connection).correct(correction, [], series="G", posted_on=DAY, closed=OPEN)
    async with store.write() as connection:
        await ledger(connection).post("inv-1", series="R", posted_on=DAY, closed=OPEN, exchange=rates)
    lines = await stored(store)
    [billed] = live(lines, side=Side.BILLED_SALES)
    appended = corrected(
        lines,
        billed.actual_id,
        Decimal(6),
        place=place("cor-1"),
        corrected_on=DAY,
        reason="two hours of travel",
        decided_by="dana",
    )
    async with store.write() as connection:
        done = await ledger(connection).correct(correction, appended, series="G", posted_on=DAY, closed=OPEN)
    assert done.document is not None
    assert (Decimal("-400.00"), Decimal("-500.00")) == (done.document.net, done.document.entity_net)
    assert (Decimal(6), Decimal(2)) == (balance(await stored(store)).billed, balance(await stored(store)).wip)


async def _document(invoice: Invoice) -> list[Decimal]:
    assert invoice.document is not None
    document = invoice.document
    return [document.net, document.tax, document.gross, document.payable]
