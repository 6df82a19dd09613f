"""Clients dispute invoices, whole or by line, each once; finance answers, and the answer is theirs to read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from contracts.canonical.casework import ExceptionState
from contracts.canonical.invoices import Invoice
from contracts.canonical.money import Money, rounded
from contracts.problem import FieldError, Kind, Problem
from contracts.process.client_billing import BillLine, Dispute, DisputePage, DisputeState, RaiseDispute
from kit.caller import current_caller
from kit.durable import Road
from kit.durable.owned import WHOSE, OwnedCase, OwnedCases, key_of
from kit.room import DurableSource
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.client_bills import bill_lines
from process_apis.time_to_bill.client_reading import ClientBooks, customers_of, must_hold
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.disputing import ANSWER, OUTCOME, StartDispute

_MOST: Final = 200


class ClientDisputes:
    """The disputes of a client's invoices."""

    def __init__(
        self, *, accounts: Accounts, durable: DurableSource, road: Road, cases: OwnedCases, config: Config
    ) -> None:
        self._accounts = accounts
        self._durable = durable
        self._road = road
        self._cases = cases
        self._config = config

    async def raise_one(self, invoice_id: str, body: RaiseDispute, *, key: str) -> Dispute:
        """Dispute a posted invoice, or one line of it.

        Raises:
            Problem: forbidden, without the role; not_found, of the invoice; invalid, of line or amount, or when the
                key came before with other words; conflict, when the same is in dispute already.

        """
        caller = current_caller()
        must_hold(caller, self._config.disputing_roles, what="dispute invoices")
        async with self._accounts.read() as books:
            invoice, agreement = await ClientBooks(books, self._customers()).posted(invoice_id)
            lines = bill_lines(invoice, agreement, await books.lines(agreement.project_id))
        must_be_disputable(invoice, lines, body)
        dispute_id = key_of("dsp", invoice_id, caller.subject, key)
        await self._must_not_wait(invoice_id, body.line_id, but=dispute_id)
        start = StartDispute(
            dispute_id=dispute_id,
            invoice_id=invoice_id,
            project_id=agreement.project_id,
            customer_id=invoice.customer_id,
            legal_entity_id=invoice.legal_entity_id,
            line_id=body.line_id,
            amount=Money(amount=body.amount, currency=invoice.currency),
            reason=body.reason,
            raised_by=caller.subject,
        )
        started = await self._durable().start(self._road, business_key=dispute_id, start=start, by=caller.subject)
        await self._cases.own(started.case_id, _facts(start))
        return await self.one(dispute_id)

    async def page(self, *, having: Mapping[str, str], cursor: str, limit: int) -> DisputePage:
        """The caller's disputes that have these facts."""
        found = await self._cases.page(customers=self._customers(), having=having, cursor=cursor, limit=limit)
        return DisputePage(items=[dispute_of(case) for case in found.items], next_cursor=found.cursor)

    async def one(self, dispute_id: str) -> Dispute:
        """One dispute of the caller's.

        Raises:
            Problem: not_found, also when it is somebody else's.

        """
        return dispute_of(await self._case(dispute_id))

    async def withdraw(self, dispute_id: str) -> Dispute:
        """Let a dispute go.

        Raises:
            Problem: forbidden, without the role; not_found; conflict, when finance answered.

        """
        caller = current_caller()
        must_hold(caller, self._config.disputing_roles, what="withdraw disputes")
        case = await self._case(dispute_id)
        state = dispute_of(case).state
        if state is DisputeState.WITHDRAWN:
            return dispute_of(case)
        if state is not DisputeState.OPEN:
            raise Problem(Kind.CONFLICT, "dispute_answered", f"{dispute_id} is {state.value}")
        await self._durable().cancel(case.case_id, reason="withdrawn by the customer", by=caller.subject)
        return await self.one(dispute_id)

    def _customers(self) -> frozenset[str] | None:
        return customers_of(current_caller(), self._config)

    async def _case(self, dispute_id: str) -> OwnedCase:
        case = await self._cases.one(dispute_id, customers=self._customers())
        if case is None:
            raise Problem(Kind.NOT_FOUND, "dispute_not_found", f"there is no dispute {dispute_id}")
        return case

    async def _must_not_wait(self, invoice_id: str, line_id: str, *, but: str) -> None:
        standing = await self._cases.page(customers=self._customers(), having={"invoice_id": invoice_id}, limit=_MOST)
        for case in standing.items:
            mine = dispute_of(case)
            same = mine.line_id == line_id and mine.dispute_id != but
            if same and mine.state is DisputeState.OPEN:
                detail = f"{line_id or invoice_id} is in dispute already: {mine.dispute_id}"
                raise Problem(Kind.CONFLICT, "already_disputed", detail, hint="wait for the answer, or withdraw it")


def must_be_disputable(invoice: Invoice, lines: list[BillLine], body: RaiseDispute) -> None:
    """Refuse a line that is not on the invoice, and an amount that is nothing, too fine or more than was asked for.

    Raises:
        Problem: invalid, with a pointer to the field.

    """
    asked = abs(invoice.document.gross) if invoice.document is not None else Decimal(0)
    if body.line_id:
        line = next((each for each in lines if each.line_id == body.line_id), None)
        if line is None or line.net is None:
            raise _invalid("/line_id", "line_unknown", f"{invoice.invoice_id} has no line {body.line_id}")
        asked = abs(rounded(line.net.amount * (100 + line.tax_percent) / 100, invoice.currency))
    if not body.amount.is_finite() or not 0 < body.amount <= asked:
        raise _invalid("/amount", "amount_out_of_range", f"it must be above 0 and at most {asked} {invoice.currency}")
    if rounded(body.amount, invoice.currency) != body.amount:
        raise _invalid("/amount", "amount_too_fine", f"{invoice.currency} cannot state {body.amount}")


def dispute_of(case: OwnedCase) -> Dispute:
    """A case as its client reads it: who answers is a role, never a name."""
    facts, asked = case.facts, case.asked
    answered = asked is not None and asked.state is ExceptionState.FIXED
    answers = asked.answers if asked is not None and answered else {}
    state = DisputeState.WITHDRAWN if case.cancelled else DisputeState.OPEN
    if answers:
        state = DisputeState(answers[OUTCOME])
    amount, currency = facts["amount"].split(" ")
    return Dispute(
        dispute_id=case.business_key,
        invoice_id=facts["invoice_id"],
        project_id=facts["project_id"],
        state=state,
        reason=facts["reason"],
        raised_at=case.opened_at,
        raised_by=facts["raised_by"],
        line_id=facts.get("line_id", ""),
        amount=Money(amount=Decimal(amount), currency=currency),
        owner_role=asked.owner_role if asked is not None and state is DisputeState.OPEN else "",
        due_at=asked.due_at if asked is not None and state is DisputeState.OPEN else None,
        answer=answers.get(ANSWER, ""),
        answered_at=asked.answered_at if asked is not None and answers else None,
    )


def _facts(start: StartDispute) -> dict[str, str]:
    return {
        WHOSE: start.customer_id,
        "project_id": start.project_id,
        "invoice_id": start.invoice_id,
        "line_id": start.line_id,
        "amount": f"{start.amount.amount} {start.amount.currency}",
        "reason": start.reason,
        "raised_by": start.raised_by,
    }


def _invalid(pointer: str, code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))
