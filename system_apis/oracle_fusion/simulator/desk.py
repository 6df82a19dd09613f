"""What people do at the pod's own screens and no service of ours asks for: money comes in, what is due is invoiced."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from system_apis.oracle_fusion.simulator import billing, ledger
from system_apis.oracle_fusion.simulator.refusal import absent
from system_apis.oracle_fusion.simulator.state import Pod, Row

PATH: Final = "/ui/"


def act(pod: Pod, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """One act at a screen; the answer names what came of it."""
    if what == "receipts":
        amount = Decimal(body["amount"]) if "amount" in body else None
        return {"ReceiptNumber": ledger.receive(pod, _invoice(pod, body), amount)["ReceiptNumber"]}
    if what == "generate-invoice":
        contracts = pod.where("contracts", ExternalReferenceKey=body["schedule"], ContractStatus="ACTIVE")
        if not contracts:
            raise absent(str(body["schedule"]))
        return {"TransactionNumber": billing.generate(pod, contracts[-1])["TransactionNumber"]}
    raise absent(what)


def _invoice(pod: Pod, body: Mapping[str, Any]) -> Row:
    wanted = {"Comments": body["document"]} if "document" in body else {"TransactionNumber": body["transaction"]}
    for row in pod.where("receivablesInvoices", **wanted):
        return row
    raise absent(str(body))
