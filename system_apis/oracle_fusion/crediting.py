"""Crediting what the pod itself invoiced of a contract: an on-account credit memo for each invoice, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

from system_apis.oracle_fusion.client import Fusion, text
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.document_mapping import lines_of, sums
from system_apis.oracle_fusion.document_wire import Invoice, Memo, MemoLine
from system_apis.oracle_fusion.mapping import conflict, transaction_number
from system_apis.oracle_fusion.transactions import Transactions

_MOST: Final = 500


class Credited(Struct, frozen=True):
    """One credit memo; `net` is what it gives back, positive, in the currency of its invoice."""

    our_id: str
    external_id: str
    net: Decimal


class Crediting:
    """Credits the invoices of contracts."""

    def __init__(self, client: Fusion, config: Config) -> None:
        self._config = config
        self._transactions = Transactions(client, source=config.source)

    async def credit(self, contract_number: str) -> list[Credited]:
        """Credit every invoice of a contract in full; what is credited already is told again.

        Raises:
            Problem: `conflict` `invoice_settled`, before anything is credited, when money came in for one of them.

        """
        mine = f"CrossReference = {text(contract_number)}"
        invoices = await self._transactions.some(Invoice, mine, limit=_MOST, source=self._config.contract_source)
        made = {str(one.transaction_number): await self._made(one) for one in invoices}
        for one in invoices:
            if made[str(one.transaction_number)] is None and one.balance != one.entered_amount:
                detail = f"invoice {one.document_number} is settled, in full or in part"
                raise conflict("invoice_settled", detail, hint="let finance decide on the money that came in")
        told = []
        for one in invoices:
            number, key = str(one.transaction_number), _key(one)
            memo = made[number] or await self._transactions.make(self._memo(one), _number(key))
            done = await self._transactions.complete(memo)
            net, _ = sums(lines_of(done))
            told.append(Credited(key, str(done.customer_transaction_id), -net))
        return told

    async def _made(self, invoice: Invoice | Memo) -> Invoice | Memo | None:
        return await self._transactions.find(_number(_key(invoice)))

    def _memo(self, invoice: Invoice | Memo) -> Memo:
        lines = [
            MemoLine(
                line_number=line.line_number,
                description=line.description,
                quantity=line.quantity,
                unit_selling_price=-line.unit_selling_price if isinstance(line.unit_selling_price, Decimal) else None,
                tax_classification_code=line.tax_classification_code,
            )
            for line in lines_of(invoice)
        ]
        return Memo(
            transaction_number=_number(_key(invoice)),
            transaction_type=self._config.credit_type,
            transaction_source=self._config.source,
            transaction_date=invoice.transaction_date,
            accounting_date=invoice.accounting_date,
            business_unit=invoice.business_unit,
            bill_to_customer_number=invoice.bill_to_customer_number,
            bill_to_site=invoice.bill_to_site,
            cross_reference=invoice.cross_reference,
            currency=invoice.currency,
            lines=lines,
        )


def _key(invoice: Invoice | Memo) -> str:
    return f"crd-{invoice.transaction_number}"


def _number(key: str) -> str:
    return transaction_number(key, pointer="schedule_id")
