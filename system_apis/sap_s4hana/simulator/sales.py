"""Sales orders and memo requests: who may buy, what it is worth, what of it is blocked, rejected, billed."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from system_apis.sap_s4hana.simulator.pricing import net_of, taxes
from system_apis.sap_s4hana.simulator.projects import element_named
from system_apis.sap_s4hana.simulator.refusal import business
from system_apis.sap_s4hana.simulator.sales_catalogue import PREFIXES
from system_apis.sap_s4hana.simulator.state import Row, Tenant
from system_apis.sap_s4hana.simulator.writing import Rules, Values

TYPES: Final = {"SalesOrder": {"OR", "PS2"}, "DebitMemoRequest": {"DR"}, "CreditMemoRequest": {"CR"}}
_FIRST: Final = {"SalesOrder": 1, "DebitMemoRequest": 70_000_000, "CreditMemoRequest": 60_000_000}
_DIGITS: Final = re.compile(r"\d{1,6}")
_THOUSANDTH: Final = Decimal("0.001")
NOT_BILLED, PARTLY, BILLED = "A", "B", "C"


def items_of(tenant: Tenant, prefix: str, number: str) -> list[Row]:
    """The items of a document, in order."""
    return sorted(tenant.where(f"{prefix}Item", **{prefix: number}), key=lambda row: int(row[f"{prefix}Item"]))


def header_of(tenant: Tenant, number: str) -> tuple[str, Row]:
    """Whatever sales document bears the number."""
    for prefix in PREFIXES:
        row = tenant.find(prefix, number)
        if row is not None:
            return prefix, row
    raise business("VF/015", f"Sales document {number} does not exist", target="SDDocument")


def restate(tenant: Tenant, prefix: str, number: str) -> None:
    """Work out the statuses of a document anew from its items."""
    row = tenant.find(prefix, number)
    if row is None:
        return
    items = items_of(tenant, prefix, number)
    rejected = sum(bool(item["SalesDocumentRjcnReason"]) for item in items)
    live = [item for item in items if not item["SalesDocumentRjcnReason"]]
    billed = sum(item["OrderRelatedBillingStatus"] == BILLED for item in live)
    done = billed == len(live)
    tenant.change(
        row,
        OverallSDDocumentRejectionSts="C" if rejected == len(items) else "B" if rejected else "A",
        OverallOrdReltdBillgStatus=BILLED if live and done else PARTLY if billed else NOT_BILLED,
        OverallSDProcessStatus="C" if done else "B" if billed or rejected else "A",
        LastChangeDateTime=tenant.world.now(),
    )


def _making_header(prefix: str) -> Callable[[Tenant, Values], None]:
    def making(tenant: Tenant, values: Values) -> None:
        if values[f"{prefix}Type"] not in TYPES[prefix]:
            text = f"Sales document type {values[f'{prefix}Type']} is not defined"
            raise business("V1/301", text, target=f"{prefix}Type")
        _check_buyer(tenant, values)
        if values["TransactionCurrency"] not in tenant.setup["currencies"]:
            raise business(
                "SV/030", f"Currency {values['TransactionCurrency']} is not defined", target="TransactionCurrency"
            )
        terms = values["CustomerPaymentTerms"]
        if terms and terms not in tenant.setup["payment_terms"]:
            raise business("V1/382", f"Payment terms {terms} are not defined", target="CustomerPaymentTerms")
        if values["ReferenceSDDocument"]:
            _check_reference(tenant, values)
        country = tenant.find("CompanyCode", tenant.setup["sales_organizations"][values["SalesOrganization"]])
        if country is not None and not values["TaxDepartureCountry"]:
            values["TaxDepartureCountry"] = country["Country"]
        values |= {
            prefix: str(tenant.number(prefix, first=_FIRST[prefix])),
            "CreationDate": tenant.world.now().date(),
            "LastChangeDateTime": tenant.world.now(),
            "TotalNetAmount": Decimal(0),
        }

    return making


def _made_header(prefix: str) -> Callable[[Tenant, Row], None]:
    def made(tenant: Tenant, row: Row) -> None:
        items = items_of(tenant, prefix, row[prefix])
        if not items:
            raise business("V1/411", "The document has no items", target="to_Item")
        currency = row["TransactionCurrency"]
        told = taxes(tenant, items, country=row["TaxDepartureCountry"], currency=currency)
        for item, tax in zip(items, told, strict=True):
            tenant.change(item, TaxAmount=tax, TransactionCurrency=currency)
        total = sum((item["NetAmount"] for item in items), Decimal(0))
        if total < 0:
            raise business("V1/555", "The value of the document is negative", target="to_Item")
        tenant.change(row, TotalNetAmount=total)
        restate(tenant, prefix, row[prefix])

    return made


def _check_buyer(tenant: Tenant, values: Values) -> None:
    number = values["SoldToParty"]
    partner, customer = tenant.find("BusinessPartner", number), tenant.find("Customer", number)
    if partner is None or customer is None:
        raise business("V1/102", f"Customer {number} does not exist", target="SoldToParty")
    if partner["BusinessPartnerIsBlocked"]:
        raise business("V1/154", f"Customer {number} is blocked", target="SoldToParty")
    area = tuple(values[name] for name in ("SalesOrganization", "DistributionChannel", "OrganizationDivision"))
    if values["SalesOrganization"] not in tenant.setup["sales_organizations"]:
        raise business("VP/204", f"Sales area {' '.join(area)} is not defined", target="SalesOrganization")
    if tenant.find("CustomerSalesArea", number, *area) is None:
        text = f"Customer {number} is not defined in sales area {' '.join(area)}"
        raise business("VP/201", text, target="SoldToParty")


def _check_reference(tenant: Tenant, values: Values) -> None:
    number = values["ReferenceSDDocument"]
    billed = tenant.find("BillingDocument", number)
    if billed is None or billed["BillingDocumentIsCancelled"] or not billed["AccountingDocument"]:
        raise business("V1/475", f"Billing document {number} cannot be referred to", target="ReferenceSDDocument")
    if billed["TransactionCurrency"] != values["TransactionCurrency"]:
        raise business("V1/476", "The currency differs from that of the reference", target="TransactionCurrency")


def _making_item(prefix: str) -> Callable[[Tenant, Values], None]:
    def making(tenant: Tenant, values: Values) -> None:
        name = f"{prefix}Item"
        if not values[name]:
            count = len(tenant.where(name, **{prefix: values[prefix]}))
            values[name] = str((count + 1) * 10)
        if _DIGITS.fullmatch(values[name]) is None:
            raise business("V1/320", f"Item {values[name]} is no number", target=name)
        if values["Material"] not in tenant.setup["products"]:
            raise business("V1/382", f"Product {values['Material']} is not defined", target="Material")
        if values["RequestedQuantity"] is None or values["RequestedQuantity"] <= 0:
            raise business("V1/303", "Enter a quantity", target="RequestedQuantity")
        if values["RequestedQuantity"] != values["RequestedQuantity"].quantize(_THOUSANDTH):
            raise business("V1/304", "A quantity has three decimals", target="RequestedQuantity")
        if values["WBSElement"]:
            element_named(tenant, values["WBSElement"], target="WBSElement")
        values |= {"OrderRelatedBillingStatus": NOT_BILLED, "NetAmount": Decimal(0), "TaxAmount": Decimal(0)}

    return making


def _made_item(prefix: str) -> Callable[[Tenant, Row], None]:
    def made(tenant: Tenant, row: Row) -> None:
        header = tenant.find(prefix, row[prefix])
        if header is None:
            raise business("V1/302", "The document does not exist", target=prefix)
        prices = _just_made(tenant, prefix, row)
        tenant.change(row, NetAmount=net_of(row, prices, currency=header["TransactionCurrency"]))

    return made


def _just_made(tenant: Tenant, prefix: str, row: Row) -> list[Row]:
    """The conditions that came with an item: they are the newest of their table."""
    key = (row[prefix], row[f"{prefix}Item"])
    table = tenant.tables.get(f"{prefix}Price", {})
    found: list[Row] = []
    for one in reversed(list(table.values())):
        if one.key[:2] != key:
            break
        found.append(one)
    return found


def _changing_header(_tenant: Tenant, row: Row, values: Values) -> None:
    if row["OverallOrdReltdBillgStatus"] == BILLED:
        raise business("V1/430", f"Document {row.key[0]} was billed and cannot change")
    values["LastChangeDateTime"] = _tenant.world.now()


def _changing_item(_tenant: Tenant, row: Row, values: Values) -> None:
    if values.get("SalesDocumentRjcnReason") and row["OrderRelatedBillingStatus"] != NOT_BILLED:
        raise business(
            "V1/432", f"Item {row.key[-1]} was billed and cannot be rejected", target="SalesDocumentRjcnReason"
        )


def _removing_header(prefix: str) -> Callable[[Tenant, Row], None]:
    def removing(tenant: Tenant, row: Row) -> None:
        number = row[prefix]
        if any(tenant.where("BillingDocumentItem", SalesDocument=number)):
            raise business("V1/431", f"Document {number} has subsequent documents and cannot be deleted")
        for table in (f"{prefix}Item", f"{prefix}Price"):
            for one in tenant.where(table, **{prefix: number}):
                tenant.remove(one)

    return removing


def _making_plan(tenant: Tenant, values: Values) -> None:
    values["BillingPlan"] = str(tenant.number("plan", first=1))


def _making_date(tenant: Tenant, values: Values) -> None:
    if values["BillingPlanBillingDate"] is None or values["BillingPlanAmount"] is None:
        raise business("V1/521", "Enter a date and an amount", target="BillingPlanBillingDate")
    values |= {"BillingPlanItem": str(tenant.number("plan item", first=1)), "BillingPlanRelatedBillgStatus": NOT_BILLED}


def _rules(prefix: str) -> dict[str, Any]:
    return {
        prefix: Rules(
            making=_making_header(prefix),
            made=_made_header(prefix),
            changing=_changing_header,
            removing=_removing_header(prefix),
        ),
        f"{prefix}Item": Rules(
            making=_making_item(prefix),
            made=_made_item(prefix),
            changing=_changing_item,
            changed=lambda tenant, row: restate(tenant, prefix, row[prefix]),
        ),
    }


RULES: Final[dict[str, Rules]] = {
    **{table: rules for prefix in PREFIXES for table, rules in _rules(prefix).items()},
    "BillingPlan": Rules(making=_making_plan),
    "BillingPlanItem": Rules(making=_making_date),
}
