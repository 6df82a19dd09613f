"""What people do at the tenant's own screens and no service offers: money comes in, what is due is billed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from system_apis.sap_s4hana.simulator import billing, ledger
from system_apis.sap_s4hana.simulator.refusal import absent, business
from system_apis.sap_s4hana.simulator.state import Row, Tenant

PATH: Final = "/ui/"


def act(tenant: Tenant, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """One act at a screen; the answer names the document that came of it."""
    if what == "incoming-payments":
        return {"AccountingDocument": _paid(tenant, body)}
    if what == "due-billing":
        order = _keyed(tenant, "SalesOrder", "YY1_SluiceSchedule_SDH", body["schedule"])
        made = billing.create(tenant, {"_Reference": [{"SDDocument": order["SalesOrder"]}]})
        return {"BillingDocument": made[0]["BillingDocument"]}
    raise absent(what)


def _paid(tenant: Tenant, body: Mapping[str, Any]) -> str:
    """Post an incoming payment for one invoice; what settles it clears it, what does not refers to it."""
    name = "YY1_SluiceSchedule_BDH" if "schedule" in body else "YY1_SluiceDocument_BDH"
    invoice = _keyed(tenant, "BillingDocument", name, body.get("schedule") or body["document"])
    company, year, number = (invoice[part] for part in ("CompanyCode", "FiscalYear", "AccountingDocument"))
    group = [row for row in ledger.group_of(tenant, company, year, number) if not row["ClearingAccountingDocument"]]
    still = sum((row["AmountInTransactionCurrency"] for row in group), Decimal(0))
    amount = Decimal(body["amount"]) if "amount" in body else still
    if not 0 < amount <= still:
        raise business("F5/263", f"The payment of {amount} is not what is open, {still}")
    shared = {"TransactionCurrency": invoice["TransactionCurrency"]}
    customer = {
        "FinancialAccountType": ledger.CUSTOMER,
        "Customer": invoice["PayerParty"],
        "GLAccount": "12100000",
        "AmountInTransactionCurrency": -amount,
        "InvoiceReference": number,
        "InvoiceReferenceFiscalYear": year,
    }
    bank = {"FinancialAccountType": ledger.GENERAL, "GLAccount": ledger.BANK, "AmountInTransactionCurrency": amount}
    day = invoice["BillingDocumentDate"]
    entry = ledger.post(tenant, company, "DZ", day, [{**bank, **shared}, {**customer, **shared}])
    if amount == still:
        rows = [row for row in ledger.group_of(tenant, company, year, number) if not row["ClearingAccountingDocument"]]
        ledger.clear(tenant, rows, by=entry, day=day)
    return entry


def _keyed(tenant: Tenant, table: str, name: str, key: str) -> Row:
    for row in tenant.where(table, **{name: key}):
        if not row.values.get("CancelledBillingDocument") and not row.values.get("BillingDocumentIsCancelled"):
            return row
    raise absent(key)
