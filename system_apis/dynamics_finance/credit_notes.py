"""Credit notes for schedules that were invoiced: free text invoices of ours, because no program makes a proposal.

An invoice of a project is made and posted by people's proposals only, and so is its own credit. What a program may make
is a free text invoice: one of the same lines with the other sign gives the money back, under a key drawn from the
invoice's first transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from contracts.canonical.posting import DocumentKind
from contracts.problem import Kind, Problem
from kit.clock import Clock
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.client import Finance
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.document_mapping import invoice_number
from system_apis.dynamics_finance.documents import Documents
from system_apis.dynamics_finance.mapping import conflict
from system_apis.dynamics_finance.odata import NO, keyed, text, written_day


class CreditNotes:
    """Gives back what was invoiced of contract lines."""

    def __init__(self, client: Finance, config: Config, documents: Documents, *, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._documents = documents
        self._clock = clock

    async def made(
        self, line: wire.ContractLine, rows: Sequence[wire.Milestone], *, schedule_id: str
    ) -> list[tuple[str, wire.Invoice]]:
        """A posted credit note for each invoice, with our id of it; those that stand are told as they are.

        Raises:
            Problem: `conflict` `invoice_settled`, before anything is made, when money came in for one of them.

        """
        by_invoice: defaultdict[str, list[wire.Milestone]] = defaultdict(list)
        for row in rows:
            by_invoice[str(row.proj_invoice_id)].append(row)
        if not by_invoice:
            return []
        ids = {number: f"crd-{min(str(row.transaction_id) for row in some)}" for number, some in by_invoice.items()}
        for number, our_id in sorted(ids.items()):
            if not await self._documents.stands(our_id):
                await self._check_unsettled(str(line.company), number)
        customer = await self._billed(line)
        told = []
        for number, our_id in sorted(ids.items()):
            some = by_invoice[number]
            fresh = self._header(line, some[0], customer=customer, credit_id=our_id, schedule_id=schedule_id)
            lines = [self._line(line, row, index, credit_id=our_id) for index, row in enumerate(some)]
            told.append((our_id, await self._documents.credited(our_id, fresh, lines)))
        return told

    async def _check_unsettled(self, company: str, number: str) -> None:
        mine = f"dataAreaId eq {text(company)} and InvoiceNumber eq {text(number)}"
        found = await self._client.all(self._config.sets.transactions, into=wire.Transaction, filter=mine)
        if any(each.settled_amount_cur for each in found):
            raise conflict("invoice_settled", f"invoice {number} is settled in part or in full")

    async def _billed(self, line: wire.ContractLine) -> str:
        sets, number = self._config.sets, str(line.project_contract_id)
        where = keyed(sets.contracts, str(line.company), ProjectContractId=number)
        held = await self._client.get(where, into=wire.Contract)
        if held is None:
            raise Problem(Kind.UNEXPECTED, "vendor_record_invisible", f"contract {number} is not shown")
        return str(held.customer_account_number)

    def _header(
        self, line: wire.ContractLine, row: wire.Milestone, *, customer: str, credit_id: str, schedule_id: str
    ) -> wire.Invoice:
        today = written_day(self._clock.now().date())
        return wire.Invoice(
            company=line.company,
            free_text_number=invoice_number(credit_id),
            customer_account=customer,
            invoice_date=today,
            due_date=today,
            currency_code=line.currency_id,
            customer_reference=str(row.proj_invoice_id),
            sluice_kind=DocumentKind.CREDIT_NOTE.value,
            sluice_corrects=schedule_id,
            sluice_project_id=row.project_id,
            sluice_release=NO,
        )

    def _line(self, line: wire.ContractLine, row: wire.Milestone, index: int, *, credit_id: str) -> wire.InvoiceLine:
        amount = row.amount if isinstance(row.amount, Decimal) else Decimal(0)
        return wire.InvoiceLine(
            company=line.company,
            free_text_number=invoice_number(credit_id),
            line_number=Decimal(index + 1),
            description=row.description,
            quantity=Decimal(-1),
            unit_price=amount,
            line_amount=-amount,
            sales_tax_group=line.sales_tax_group,
            item_sales_tax_group=self._config.item_tax_group,
            main_account_id=self._config.revenue_account,
            sluice_line_id=row.sluice_line_id,
        )


def net_of(credit: wire.Invoice) -> Decimal:
    """What a credit note gives back before tax, as a positive amount."""
    gross, tax = (
        amount if isinstance(amount, Decimal) else Decimal(0)
        for amount in (credit.total_invoice_amount, credit.total_tax_amount)
    )
    return tax - gross
