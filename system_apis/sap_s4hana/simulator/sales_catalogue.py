"""The services of sales documents: sales orders with billing plans, debit and credit memo requests; all version 2."""

from __future__ import annotations

from typing import Final

from system_apis.sap_s4hana.simulator.schema import EntitySet, Link, Service, links, properties

HEADER: Final = (
    "{D} text10 ro, {D}Type text4 once, SalesOrganization text4 once, DistributionChannel text2 once,"
    "OrganizationDivision text2 once, SoldToParty text10 once, PurchaseOrderByCustomer text35,"
    "TransactionCurrency text5 once, CustomerPaymentTerms text4, FixedValueDate day, HeaderBillingBlockReason text2,"
    "BillingDocumentDate day, TotalNetAmount amount ro, TaxDepartureCountry text3, OverallSDProcessStatus text1 ro,"
    "OverallSDDocumentRejectionSts text1 ro, OverallOrdReltdBillgStatus text1 ro, ReferenceSDDocument text10 once,"
    "ReferenceSDDocumentCategory text4 once, CreationDate day ro, LastChangeDateTime moment ro,"
    "YY1_SluiceDocument_SDH text64 once, YY1_SluiceSchedule_SDH text64 once, YY1_SluiceProject_SDH text64,"
    "YY1_SluiceSow_SDH text64, YY1_SluiceSowHash_SDH text64, YY1_SluiceSignedOn_SDH day, YY1_SluiceTerms_SDH text40"
)
ITEM: Final = (
    "{D} text10 once, {D}Item text6 once, {D}ItemText text40, Material text40 once, RequestedQuantity amount,"
    "RequestedQuantityUnit text3, NetAmount amount ro, TaxAmount amount ro, TransactionCurrency text5 ro,"
    "ProductTaxClassification1 text1, WBSElement text24, SalesDocumentRjcnReason text2,"
    "OrderRelatedBillingStatus text1 ro, YY1_SluiceLine_SDI text64, YY1_SluiceText_SDI text255,"
    "YY1_SluicePrice_SDI amount, YY1_SluiceQuantity_SDI amount, YY1_SluiceTrigger_SDI text20,"
    "YY1_SluiceMethod_SDI text30, YY1_SluicePhase_SDI text64,"
    "YY1_SluiceRevenue_SDI text30, YY1_SluiceCap_SDI amount, YY1_SluiceCapRule_SDI text10"
)
PRICE: Final = (
    "{D} text10 once, {D}Item text6 once, PricingProcedureStep text3 once, PricingProcedureCounter text3 once,"
    "ConditionType text4 once, ConditionCalculationType text3, ConditionRateValue amount, ConditionCurrency text5,"
    "ConditionQuantity amount, ConditionQuantityUnit text3, ConditionAmount amount ro"
)
PLAN: Final = "SalesOrder text10 once, SalesOrderItem text6 once, BillingPlan text10 ro"
PLAN_ITEM: Final = (
    "SalesOrder text10 once, SalesOrderItem text6 once, BillingPlan text10 once, BillingPlanItem text6 ro,"
    "BillingPlanBillingDate day, BillingPlanAmount amount, TransactionCurrency text5, BillingBlockReason text2,"
    "BillingPlanRelatedBillgStatus text1 ro"
)
PREFIXES: Final = ("SalesOrder", "DebitMemoRequest", "CreditMemoRequest")


def _same(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


def _family(prefix: str, price: str) -> list[EntitySet]:
    """Header, items and prices of one kind of sales document."""
    item = f"{prefix}Item"
    whole = _same(prefix)
    further = [Link("to_BillingPlan", "A_SalesOrderItemBillingPlan", _same(prefix, item))]
    return [
        EntitySet(
            f"A_{prefix}",
            prefix,
            (prefix,),
            properties(HEADER.format(D=prefix)),
            links(Link("to_Item", f"A_{prefix}Item", whole)),
            deletable=True,
        ),
        EntitySet(
            f"A_{prefix}Item",
            item,
            (prefix, item),
            properties(ITEM.format(D=prefix)),
            links(Link("to_PricingElement", price, _same(prefix, item)), *(further if prefix == "SalesOrder" else [])),
        ),
        EntitySet(
            price,
            f"{prefix}Price",
            (prefix, item, "PricingProcedureStep", "PricingProcedureCounter"),
            properties(PRICE.format(D=prefix)),
        ),
    ]


def _plans() -> list[EntitySet]:
    keys = ("SalesOrder", "SalesOrderItem", "BillingPlan")
    dates = Link("to_BillingPlanItem", "A_SlsOrderItemBillingPlanItem", _same(*keys))
    return [
        EntitySet("A_SalesOrderItemBillingPlan", "BillingPlan", keys, properties(PLAN), links(dates)),
        EntitySet(
            "A_SlsOrderItemBillingPlanItem", "BillingPlanItem", (*keys, "BillingPlanItem"), properties(PLAN_ITEM)
        ),
    ]


def _service(prefix: str, name: str, price: str) -> Service:
    sets = [*_family(prefix, price), *(_plans() if prefix == "SalesOrder" else [])]
    return Service(name, f"/sap/opu/odata/sap/{name}", 2, {one.name: one for one in sets})


SERVICES: Final = (
    _service("SalesOrder", "API_SALES_ORDER_SRV", "A_SalesOrderItemPrElement"),
    _service("DebitMemoRequest", "API_DEBIT_MEMO_REQUEST_SRV", "A_DebitMemoReqItemPrcgElmnt"),
    _service("CreditMemoRequest", "API_CREDIT_MEMO_REQUEST_SRV", "A_CreditMemoReqItemPrcgElmnt"),
)
