"""Contracts, and the events on their lines that will be invoiced; Generate Invoice makes receivables of what is due."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from system_apis.oracle_fusion.simulator.receivables import INVOICES, booked
from system_apis.oracle_fusion.simulator.refusal import absent, invalid
from system_apis.oracle_fusion.simulator.schema import Resource, attributes
from system_apis.oracle_fusion.simulator.state import Pod, Row

NOT, WHOLLY = "U", "F"
_EVENT: Final = "projectBillingEvents"


def agreed(pod: Pod, row: Row) -> None:
    """A new contract is of a known type, in a business unit, for an account that is active."""
    if row["ContractTypeName"] not in pod.setup["contract_types"]:
        raise invalid("OKC-195001", "The contract type is not valid.", path="/ContractTypeName")
    if row["BusinessUnitName"] not in pod.setup["business_units"]:
        raise invalid("OKC-195002", "The business unit is not valid.", path="/BusinessUnitName")
    if row["CurrencyCode"] not in pod.setup["currencies"]:
        raise invalid("OKC-195003", "The currency is not valid.", path="/CurrencyCode")
    account = pod.accounts.get(row["BillToAccountNumber"])
    if account is None or account["Status"] != "A":
        raise invalid("OKC-195004", "The bill-to account is not valid.", path="/BillToAccountNumber")
    row.values["ContractStatus"] = "ACTIVE"
    for line in row.below("ContractLines"):
        if line["TaxClassificationCode"] not in pod.setup["tax_codes"]:
            text = f"Tax classification {line['TaxClassificationCode']} is not valid."
            raise invalid("OKC-195010", text, path="/ContractLines/TaxClassificationCode")
        if not pod.where("projects", ProjectNumber=line["ProjectNumber"]):
            raise invalid("OKC-195011", f"Project {line['ProjectNumber']} is not valid.", path="/ProjectNumber")


def ended(pod: Pod, row: Row, change: dict[str, Any]) -> None:
    """A contract is cancelled only when nothing is left to invoice."""
    if change.get("ContractStatus", "CANCELED") not in {"ACTIVE", "CANCELED"}:
        raise invalid("OKC-195020", "The contract status is not valid.", path="/ContractStatus")
    if change.get("ContractStatus") == "CANCELED" and _open(pod, row["ContractNumber"]):
        raise invalid("OKC-195021", f"Contract {row['ContractNumber']} has events that are not invoiced.")


def scheduled(pod: Pod, row: Row) -> None:
    """A new event is on a line of a live contract, on a task of its project, in its currency."""
    contract = next(iter(pod.unique_rows("contracts", ("ContractNumber",), (row["ContractNumber"],))), None)
    if contract is None or contract["ContractStatus"] != "ACTIVE":
        text = f"Contract {row['ContractNumber']} is not valid."
        raise invalid("PJB-855100", text, path="/ContractNumber")
    lines = [one for one in contract.below("ContractLines") if one["ContractLineNumber"] == row["ContractLineNumber"]]
    if not lines or lines[0]["ProjectNumber"] != row["ProjectNumber"]:
        raise invalid("PJB-855101", "The contract line is not valid for the project.", path="/ContractLineNumber")
    if row["EventTypeName"] not in pod.setup["event_types"]:
        raise invalid("PJB-855102", "The event type is not valid.", path="/EventTypeName")
    if row["BillTrnsCurrencyCode"] != contract["CurrencyCode"]:
        raise invalid("PJB-855103", "The currency is not the contract's.", path="/BillTrnsCurrencyCode")
    project = pod.unique_rows("projects", ("ProjectNumber",), (row["ProjectNumber"],))[0]
    if not pod.unique_rows("projects/Tasks", ("TaskNumber",), (row["TaskNumber"],), parent=project):
        raise invalid("PJB-855104", f"Task {row['TaskNumber']} is not valid.", path="/TaskNumber")
    number = pod.number(f"event {row['ContractNumber']} {row['ContractLineNumber']}")
    row.values.update(EventId=pod.identifier(), EventNumber=number, Invoiced=NOT, InvoicedAmount=Decimal(0))


def kept(_pod: Pod, row: Row, _change: dict[str, Any]) -> None:
    """What is invoiced does not change."""
    if row["Invoiced"] != NOT:
        raise invalid("PJB-855120", f"Event {row['EventNumber']} is invoiced and cannot be changed.")


def dropped(_pod: Pod, row: Row) -> None:
    """What is invoiced is not deleted."""
    if row["Invoiced"] != NOT:
        raise invalid("PJB-855121", f"Event {row['EventNumber']} is invoiced and cannot be deleted.")


def generate(pod: Pod, contract: Row) -> Row:
    """Generate Invoice: what is due first, as a person releases it, becomes one completed invoice."""
    waiting = sorted(_open(pod, contract["ContractNumber"]), key=lambda row: (row["BillHold"], row["CompletionDate"]))
    if not waiting:
        raise absent(f"open events of {contract['ContractNumber']}")
    first = waiting[0]
    due = [row for row in waiting if (row["BillHold"], row["CompletionDate"]) == _due(first)]
    line = contract.below("ContractLines")[0]
    day: dt.date = first["CompletionDate"]
    header = {
        "BusinessUnit": contract["BusinessUnitName"],
        "TransactionSource": "Contract Invoices",
        "TransactionType": "Invoice",
        "TransactionNumber": str(pod.number("contract invoice", first=70_001)),
        "TransactionDate": day,
        "AccountingDate": day,
        "BillToCustomerNumber": contract["BillToAccountNumber"],
        "BillToSite": contract["BillToAccountNumber"],
        "InvoiceCurrencyCode": contract["CurrencyCode"],
        "PaymentTerms": "IMMEDIATE",
        "CrossReference": contract["ContractNumber"],
        "InvoiceStatus": "Complete",
    }
    lines = [
        {
            "LineNumber": number,
            "Description": row["EventDescription"],
            "Quantity": Decimal(1),
            "UnitSellingPrice": row["BillTrnsAmount"],
            "TaxClassificationCode": line["TaxClassificationCode"],
        }
        for number, row in enumerate(due, start=1)
    ]
    invoice = booked(pod, INVOICES, header, lines)
    for row in due:
        pod.change(row, Invoiced=WHOLLY, InvoicedAmount=row["BillTrnsAmount"])
    return invoice


def _due(row: Row) -> tuple[Any, Any]:
    return row["BillHold"], row["CompletionDate"]


def _open(pod: Pod, number: str) -> list[Row]:
    return pod.where(_EVENT, ContractNumber=number, Invoiced=NOT)


LINES: Final = Resource(
    name="ContractLines",
    key="ContractLineId",
    attributes=attributes(
        "ContractLineId:int- ContractLineNumber:text!^ LineName:text ProjectNumber:text!^ TaxClassificationCode:text!^"
    ),
)
CONTRACTS: Final = Resource(
    name="contracts",
    key="ContractId",
    attributes=attributes(
        "ContractId:int- ContractNumber:text!^ ContractTypeName:text!^ BusinessUnitName:text!^ CurrencyCode:text!^"
        " BillToAccountNumber:text!^ ExternalSource:text^ ExternalReferenceKey:text^ Description:text"
        " ContractStatus:text"
    ),
    children={"ContractLines": LINES},
    methods=frozenset({"GET", "POST", "PATCH"}),
    unique=(("ContractNumber",),),
    created=agreed,
    changing=ended,
)
EVENT_DFF: Final = Resource(
    name="billingEventDFF",
    key="EventId",
    attributes=attributes(
        "sluiceMethod:text sluiceTrigger:text sluiceRevenueRule:text sluiceCap:number sluiceCapBehaviour:text"
    ),
    methods=frozenset({"GET", "POST", "PATCH"}),
)
EVENTS: Final = Resource(
    name=_EVENT,
    key="",
    attributes=attributes(
        "EventId:int- EventNumber:int- SourceName:text^ SourceReference:text^ ContractTypeName:text!^"
        " ContractNumber:text!^ ContractLineNumber:text!^ EventTypeName:text!^ EventDescription:text"
        " CompletionDate:date! BillTrnsAmount:number! BillTrnsCurrencyCode:text!^ ProjectNumber:text!^"
        " TaskNumber:text!^ OrganizationName:text!^ BillHold:text RevenueHold:text Invoiced:text-"
        " InvoicedAmount:number-"
    ),
    children={"billingEventDFF": EVENT_DFF},
    upsert=("SourceName", "SourceReference"),
    created=scheduled,
    changing=kept,
    removing=dropped,
)
