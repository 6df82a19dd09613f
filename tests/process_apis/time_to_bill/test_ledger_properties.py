"""Invented sequences of approvals, drafts, invoices and corrections: no hour is billed twice and none is lost.

What should be is told by a model that knows a few numbers for each record and nothing of lines. With
`SLUICE_PROPERTIES=long` ten thousand sequences are tried instead of some more than a hundred.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from contracts.canonical.actuals import (
    Actual,
    CapLevel,
    CapPolicy,
    CapStanding,
    CapTerm,
    CapUnit,
    Chargeability,
    LineState,
    Side,
)
from contracts.canonical.documents import ExchangeRecord, MoneyDocument, QuotedRate
from contracts.canonical.invoices import DraftLine, Invoice, InvoiceState
from contracts.canonical.money import Money
from contracts.canonical.pricing import Price, Rounding
from contracts.canonical.trade.documents import untied
from contracts.canonical.trade.exchange import found_rate
from contracts.canonical.trade.ledger.approval import approved, cancelled
from contracts.canonical.trade.ledger.billing import (
    document_of,
    drafted,
    held_by,
    over_billed,
    posted,
    ready,
    requantified,
    sealed,
)
from contracts.canonical.trade.ledger.caps import committed, judged, used
from contracts.canonical.trade.ledger.correcting import corrected, reopened, repriced, written_down
from contracts.canonical.trade.ledger.lines import balance, live, standing
from tests.process_apis.time_to_bill.trade import TAX, hours, place

FIRST: Final = dt.date(2026, 1, 1)
WHO: Final[dict[str, Any]] = {"reason": "agreed", "decided_by": "dana"}
DAYS = st.integers(0, 90).map(lambda days: FIRST + dt.timedelta(days=days))
HOURS = st.integers(1, 120_000).map(lambda parts: Decimal(parts) / 10_000)
RATES = st.decimals("0.000001", 999, places=6)
FOREIGN = st.decimals("0.01", 200, places=6)
LONG: Final = os.environ.get("SLUICE_PROPERTIES") == "long"


@pytest.mark.properties
@pytest.mark.req(157, 164)
@pytest.mark.timeout(0 if LONG else 120)
def test_whatever_happens_no_hour_is_billed_twice_and_none_is_lost() -> None:
    """After every act: hours are where they should be, documents tie, credits undo, and no cap is overspent."""
    run_state_machine_as_test(
        Trade,
        settings=settings(
            max_examples=10_000 if LONG else 120,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )


class Standing:
    """Where the chargeable hours of one record are. What was cut on a draft is waived; below nothing, added by hand."""

    def __init__(self, wip: Decimal, over_cap: Decimal) -> None:
        self.wip, self.over_cap = wip, over_cap
        self.billed = self.written_off = self.waived = Decimal(0)
        self.approved = wip + over_cap

    def numbers(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        return self.wip, self.billed, self.over_cap, self.written_off


class Trade(RuleBasedStateMachine):
    """One contract line of one customer, under a cap, billed in one currency by a seller of another."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Actual] = []
        self.invoices: dict[str, Invoice] = {}
        self.documents: list[MoneyDocument] = []
        self.model: dict[str, Standing] = {}
        self.taken: Counter[str] = Counter()

    @initialize(
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
        policy=st.sampled_from(list(CapPolicy)),
        unit=st.sampled_from(list(CapUnit)),
        limit=st.integers(1, 60).map(Decimal),
        mode=st.sampled_from(list(Rounding)),
    )
    def agree(self, currency: str, policy: CapPolicy, unit: CapUnit, limit: Decimal, mode: Rounding) -> None:
        self.currency, self.mode = currency, mode
        limit = limit if unit is CapUnit.HOURS else limit * 200
        self.cap = CapStanding(
            term=CapTerm(
                cap_id="cap-1",
                level=CapLevel.LINE,
                unit=unit,
                limit=limit,
                policy=policy,
                contract_id="con-1",
                line_id="line-1",
                tolerance=Decimal("0.99"),
            )
        )

    def exchange(self, rate: Decimal) -> ExchangeRecord:
        quoted = QuotedRate(from_currency=self.currency, to_currency="USD", rate=rate, starts_on=FIRST)
        return found_rate([quoted], self.currency, "USD", on=FIRST, via="USD")

    def name(self, what: str) -> str:
        self.taken[what] += 1
        return f"{what}-{self.taken[what]}"

    def of(self, line: Actual) -> Standing:
        return self.model[line.source.source_id]

    def held(self) -> set[str]:
        return held_by(self.invoices)

    def drafts(self) -> list[Invoice]:
        return [each for each in self.invoices.values() if each.state is InvoiceState.DRAFT]

    def billed(self) -> list[Actual]:
        return [
            each for each in live(self.lines, side=Side.BILLED_SALES) if each.chargeability is Chargeability.CHARGEABLE
        ]

    def free(self) -> list[Actual]:
        return ready(self.lines, held=self.held())

    @rule(worked=HOURS, billable=HOURS, day=DAYS, rate=RATES, foreign=FOREIGN)
    def approve(self, worked: Decimal, billable: Decimal, day: dt.date, rate: Decimal, foreign: Decimal) -> None:
        verdict = judged(billable, rate, self.currency, [self.cap], mode=self.mode)
        if verdict.code:
            return
        cost = Money(amount=Decimal(100), currency=self.currency)
        source_id = self.name("te")
        self.lines += approved(
            replace(hours(source_id, worked_on=day), hours=worked, billable_hours=billable, cost_rate=cost),
            price=Price(currency=self.currency, rate=rate),
            tax=TAX,
            accounting_date=day,
            verdict=verdict,
            exchange=self.exchange(foreign),
            mode=self.mode,
        )
        self.cap = committed(self.cap, verdict.chargeable, rate, self.currency, mode=self.mode)
        self.model[source_id] = Standing(verdict.chargeable, billable - verdict.chargeable)

    @precondition(lambda self: self.free())
    @rule(data=st.data(), day=DAYS)
    def cancel(self, data: st.DataObject, day: dt.date) -> None:
        line = data.draw(st.sampled_from(self.free()))
        mine = [each for each in live(self.lines) if each.source == line.source]
        if any(each.side is Side.BILLED_SALES or each.actual_id in self.held() for each in mine):
            return
        self.lines += cancelled(self.lines, line, held=self.held(), accounting_date=day, **WHO)
        self.model[line.source.source_id] = Standing(Decimal(0), Decimal(0))

    @precondition(lambda self: self.free())
    @rule(data=st.data(), day=DAYS)
    def write_down(self, data: st.DataObject, day: dt.date) -> None:
        line = data.draw(st.sampled_from(self.free()))
        quantity = min(line.quantity, data.draw(HOURS))
        given = written_down(self.lines, line.actual_id, quantity, held=self.held(), written_on=day, **WHO)
        self.lines += given.lines
        self.of(line).wip -= quantity
        self.of(line).written_off += quantity
        assert given.margin_effect.amount <= 0

    @precondition(lambda self: self.free())
    @rule(data=st.data(), day=DAYS, rate=RATES)
    def reprice(self, data: st.DataObject, day: dt.date, rate: Decimal) -> None:
        line = data.draw(st.sampled_from(self.free()))
        fresh = Price(currency=self.currency, rate=rate)
        self.lines += repriced(self.lines, line.actual_id, fresh, held=self.held(), repriced_on=day, **WHO)

    @precondition(lambda self: self.free())
    @rule(one=DAYS, other=DAYS)
    def draft(self, one: dt.date, other: dt.date) -> None:
        first, last = min(one, other), max(one, other)
        chosen = ready(self.lines, held=self.held(), first=first, last=last)
        assert [each for each in self.free() if first <= each.work_date <= last] == chosen
        if chosen:
            made = drafted(self.name("inv"), chosen, held=self.held())
            self.invoices[made.invoice_id] = made

    @precondition(lambda self: self.drafts())
    @rule(data=st.data(), quantity=st.one_of(st.just(Decimal(0)), HOURS))
    def change(self, data: st.DataObject, quantity: Decimal) -> None:
        draft = data.draw(st.sampled_from(self.drafts()))
        line = data.draw(st.sampled_from(draft.lines))
        self.invoices[draft.invoice_id] = requantified(draft, line.actual_id, quantity, reason="by hand")

    @precondition(lambda self: self.drafts())
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        draft = data.draw(st.sampled_from(self.drafts()))
        self.invoices[draft.invoice_id] = replace(draft, state=InvoiceState.DISCARDED)

    @precondition(lambda self: self.drafts())
    @rule(data=st.data(), day=DAYS, rate=FOREIGN)
    def post(self, data: st.DataObject, day: dt.date, rate: Decimal) -> None:
        draft = data.draw(st.sampled_from(self.drafts()))
        appended = posted(self.lines, draft, posted_on=day)
        document = document_of(appended, exchange=self.exchange(rate))
        before = {each.actual_id: each for each in self.lines}
        for line in draft.lines:
            unbilled = before[line.actual_id]
            self.of(unbilled).wip -= unbilled.quantity
            self.of(unbilled).billed += line.quantity
            self.of(unbilled).waived += unbilled.quantity - line.quantity
        self.lines += appended
        self.documents.append(document)
        number = len([each for each in self.invoices.values() if each.number]) + 1
        self.invoices[draft.invoice_id] = sealed(draft, document, series="R", number=number, posted_on=day)

    @precondition(lambda self: self.billed())
    @rule(data=st.data(), day=DAYS, quantity=st.one_of(st.just(Decimal(0)), HOURS), share=st.integers(0, 4))
    def correct(self, data: st.DataObject, day: dt.date, quantity: Decimal, share: int) -> None:
        line = data.draw(st.sampled_from(self.billed()))
        less = max(line.quantity - quantity, Decimal(0))
        write_off = less * share / 4
        where = place(self.name("cor"))
        appended = corrected(
            self.lines, line.actual_id, quantity, place=where, corrected_on=day, write_off=write_off, **WHO
        )
        self.lines += appended
        self.documents.append(document_of(appended))
        standing = self.of(line)
        standing.billed += quantity - line.quantity
        standing.waived -= max(quantity - line.quantity, Decimal(0))
        standing.wip += less - write_off
        standing.written_off += write_off

    @precondition(lambda self: any(self.untouched(each) for each in self.invoices.values()))
    @rule(data=st.data(), day=DAYS)
    def credit(self, data: st.DataObject, day: dt.date) -> None:
        invoice = data.draw(st.sampled_from([each for each in self.invoices.values() if self.untouched(each)]))
        credit, appended = reopened(self.lines, invoice, credit_id=self.name("cor"), credited_on=day, **WHO)
        assert credit.document is not None
        assert invoice.document is not None
        assert _levels(invoice.document) == [None if each is None else -each for each in _levels(credit.document)]
        for line in self.by(invoice):
            if line.chargeability is Chargeability.CHARGEABLE:
                self.of(line).billed -= line.quantity
                self.of(line).wip += line.quantity
        self.lines += appended
        self.documents.append(credit.document)

    def by(self, invoice: Invoice) -> list[Actual]:
        """The lines that still stand billed by an invoice."""
        return [
            each
            for each in live(self.lines, side=Side.BILLED_SALES)
            if each.invoice_line is not None and each.invoice_line.invoice_id == invoice.invoice_id
        ]

    def untouched(self, invoice: Invoice) -> bool:
        """Whether an invoice is posted and nothing of it was credited."""
        made = [
            each
            for each in self.lines
            if each.side is Side.BILLED_SALES
            and each.reversal_of is None
            and each.invoice_line is not None
            and each.invoice_line.invoice_id == invoice.invoice_id
        ]
        return invoice.state is InvoiceState.POSTED and bool(made) and len(made) == len(self.by(invoice))

    @invariant()
    def no_hour_is_billed_twice_and_none_is_lost(self) -> None:
        for source_id, expected in self.model.items():
            found = balance(each for each in self.lines if each.source.source_id == source_id)
            assert expected.numbers() == (found.wip, found.billed, found.over_cap, found.written_off)
            assert expected.approved == found.chargeable + expected.waived

    @invariant()
    def every_document_ties_and_together_they_are_what_is_billed(self) -> None:
        for document in self.documents:
            assert [] == untied(document)
        booked = [
            each.amount.amount
            for each in self.lines
            if each.side is Side.BILLED_SALES and each.chargeability is Chargeability.CHARGEABLE
        ]
        assert sum(booked) == sum(document.net for document in self.documents)

    @invariant()
    def every_reversal_undoes_one_line_at_every_level(self) -> None:
        lines = {each.actual_id: each for each in standing(self.lines)}
        assert len(lines) == len(self.lines)
        undoing = [each for each in self.lines if each.reversal_of is not None]
        assert len(undoing) == len({each.reversal_of for each in undoing})
        for each in undoing:
            original = lines[str(each.reversal_of)]
            assert (LineState.ADJUSTED, LineState.UNADJUSTABLE) == (original.state, each.state)
            assert 0 == original.quantity + each.quantity == original.amount.amount + each.amount.amount
            assert (original.unit_rate, original.tax, original.exchange) == (each.unit_rate, each.tax, each.exchange)
            if original.entity_amount is not None and each.entity_amount is not None:
                assert 0 == original.entity_amount.amount + each.entity_amount.amount

    @invariant()
    def a_line_is_on_one_draft_and_counts(self) -> None:
        on: list[DraftLine] = [line for draft in self.drafts() for line in draft.lines]
        assert len(on) == len({line.actual_id for line in on})
        assert {line.actual_id for line in on} <= {
            each.actual_id for each in live(self.lines, side=Side.UNBILLED_SALES)
        }

    @invariant()
    def no_cap_is_overspent(self) -> None:
        if not hasattr(self, "cap") or self.cap.term.policy is CapPolicy.WARN:
            return
        spare = self.cap.term.tolerance if self.cap.term.policy is CapPolicy.TOLERANCE else 0
        assert used(self.cap) <= self.cap.term.limit + spare

    @invariant()
    def what_is_billed_too_much_is_shown(self) -> None:
        worked: Counter[str] = Counter()
        for each in self.lines:
            if each.side is Side.COST:
                worked[each.source.source_id] += each.quantity  # type: ignore[assignment] # a counter of decimals
        shown = {each.source_id: each.quantity for each in over_billed(self.lines)}
        assert {
            source_id: each.billed - worked[source_id]
            for source_id, each in self.model.items()
            if each.billed > worked[source_id]
        } == shown


def _levels(document: MoneyDocument) -> list[Decimal | None]:
    """Every amount of a document: of lines, of tax groups, of the whole, and in the seller's currency."""
    whole = [document.net, document.tax, document.gross, document.payable]
    there = [document.entity_net, document.entity_tax, document.entity_gross]
    groups = [
        each for group in document.groups for each in (group.base, group.tax, group.entity_base, group.entity_tax)
    ]
    return [*whole, *there, *groups, *(line.net for line in document.lines)]
