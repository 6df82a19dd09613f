"""The business problems a won deal may have: who acts, by when, and what a person is told to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.casework import Cause, FixField
from kit.durable.catalogued import Entry, fault_of
from kit.durable.fault import Fault

_CORRECT_IN_CRM: Final = "Correct the deal in the CRM, then try again."

CATALOGUE: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "DEAL_NOT_WON": Entry(
            title="The deal is not closed as won",
            owner_role="sales",
            due_in_h=8,
            hint="Close the deal as won in the CRM and try again, or cancel the case.",
        ),
        "CONTRACT_INCOMPLETE": Entry(
            title="The contract is incomplete", owner_role="sales", due_in_h=8, hint=_CORRECT_IN_CRM
        ),
        "ACCOUNT_HIERARCHY_INVALID": Entry(
            title="The customer's hierarchy cannot be followed to its root",
            owner_role="sales",
            due_in_h=8,
            hint="Make every parent account readable and remove loops in the CRM, then try again.",
        ),
        "LEGAL_ENTITY_MISSING": Entry(
            title="No legal entity sells this deal",
            owner_role="finance",
            due_in_h=8,
            hint="Choose the company of the firm that is the seller on the contract.",
        ),
        "LEGAL_ENTITY_UNKNOWN": Entry(
            title="The selling legal entity is not known to the ERP",
            owner_role="finance",
            due_in_h=8,
            hint="Choose a company that the ERP knows, or set this one up there first.",
        ),
        "TAX_CODE_MISSING": Entry(
            title="The customer has no tax code",
            owner_role="tax",
            due_in_h=4,
            hint="Choose the tax code that applies to this customer; no default is ever taken.",
        ),
        "TAX_CODE_UNKNOWN": Entry(
            title="The customer's tax code is not known to the ERP",
            owner_role="tax",
            due_in_h=4,
            hint="Choose a tax code that the ERP accepts.",
        ),
        "SERVICE_LINE_MISSING": Entry(
            title="The deal names no service line",
            owner_role="sales",
            due_in_h=8,
            hint="Give the code of the service line that was sold.",
        ),
        "DELIVERY_OWNER_MISSING": Entry(
            title="Nobody owns the delivery",
            owner_role="operations",
            due_in_h=8,
            hint="Give the e-mail address of the person who will answer for the delivery.",
        ),
        "CONTRACT_TOTAL_MISMATCH": Entry(
            title="The lines do not add up to the contract value", owner_role="sales", due_in_h=8, hint=_CORRECT_IN_CRM
        ),
        "AMOUNT_NOT_POSITIVE": Entry(
            title="An amount is zero or negative", owner_role="sales", due_in_h=8, hint=_CORRECT_IN_CRM
        ),
        "AMOUNT_TOO_FINE": Entry(
            title="An amount is finer than its currency can state",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "CURRENCY_MIXED": Entry(
            title="The deal mixes currencies", owner_role="sales", due_in_h=8, hint=_CORRECT_IN_CRM
        ),
        "MILESTONE_PERCENT_MISMATCH": Entry(
            title="The milestones of a line do not make 100 %", owner_role="sales", due_in_h=8, hint=_CORRECT_IN_CRM
        ),
        "DATES_REVERSED": Entry(
            title="Something ends before it starts", owner_role="sales", due_in_h=8, hint=_CORRECT_IN_CRM
        ),
        "RATE_CARD_MISSING": Entry(
            title="People are planned, but no rate card is approved",
            owner_role="sales",
            due_in_h=8,
            hint="Attach the approved rate card to the deal in the CRM, then try again.",
        ),
        "RATE_MISSING": Entry(
            title="The rate card has no rate for planned people",
            owner_role="sales",
            due_in_h=8,
            hint="Add the missing rates to the approved rate card in the CRM, then try again.",
        ),
        "CUSTOMER_MISSING": Entry(
            title="The deal names no customer",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "COUNTRY_MISSING": Entry(
            title="A customer has no country",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "CRM_RECORD_INCOMPLETE": Entry(
            title="Records of the deal are incomplete",
            owner_role="sales",
            due_in_h=8,
            hint="Complete the named fields in the CRM, then try again.",
        ),
        "NAME_UNUSABLE": Entry(
            title="A name cannot be written",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "CURRENCY_UNSUPPORTED": Entry(
            title="A currency is not kept by the ERP",
            owner_role="finance",
            due_in_h=8,
            hint="Set the currency up in the ERP, or correct the deal in the CRM, then try again.",
        ),
        "CAP_INVALID": Entry(
            title="A cap cannot hold",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "BILLING_METHOD_MISSING": Entry(
            title="A line does not say how it is billed",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "DELIVERY_COUNTRY_MISSING": Entry(
            title="A line does not say where it is delivered",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "DATES_MISSING": Entry(
            title="Something sold has no dates",
            owner_role="sales",
            due_in_h=8,
            hint=_CORRECT_IN_CRM,
        ),
        "TAX_CODE_MIXED": Entry(
            title="Lines of one schedule bear several tax codes",
            owner_role="tax",
            due_in_h=4,
            hint="Give the lines of one seller and currency one tax code in the CRM, then try again.",
        ),
        "EXTENSION_BASE_MISSING": Entry(
            title="The earlier deal cannot be extended",
            owner_role="sales",
            due_in_h=8,
            hint="Name the won deal that is extended in the CRM, or make this one new business, then try again.",
        ),
        "DEAL_CHANGED": Entry(
            title="The deal was changed after it was approved",
            owner_role="sales",
            due_in_h=8,
            hint="Put the deal back in the CRM and try again, or let it stand as approved and agree a change order.",
        ),
        "REVERSAL_BLOCKED": Entry(
            title="Something of a withdrawn deal cannot be taken back",
            owner_role="finance",
            due_in_h=8,
            hint="Settle it in the named system and try again, or accept that it stays.",
        ),
        "APPROVAL_EXPIRED": Entry(
            title="Nobody decided in time",
            owner_role="operations",
            due_in_h=8,
            hint="Make sure that somebody holds the role, then ask again; or cancel the case.",
            cause=Cause.WAITING_APPROVAL,
        ),
        "BILLING_TOTAL_MISMATCH": Entry(
            title="The ERP's billing schedule differs from the contract",
            owner_role="finance",
            due_in_h=4,
            hint="Correct the schedule in the ERP so that its lines sum to the contract, then try again.",
            cause=Cause.VENDOR_PROCESSING,
        ),
    }
)


def fault(
    code: str, detail: str, *, context: Mapping[str, str], form: tuple[FixField, ...] = (), hint: str = ""
) -> Fault:
    """A problem of this catalogue with what is known about it here; an empty form means "try again".

    Raises:
        KeyError: the catalogue has no such code.

    """
    return fault_of(CATALOGUE, code, detail, context=context, form=form, hint=hint)
