"""The record types of the account, with the custom fields its administrator has added."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from system_apis.netsuite.simulator.sales_types import sales_types
from system_apis.netsuite.simulator.schema import (
    Field,
    Kind,
    RecordType,
    amounts,
    choice,
    computed,
    dates,
    flags,
    nested,
    record_type,
    reference,
    required,
    text,
    unique,
)

JOB_STATUS: Final = {"_1": "Closed", "_2": "In Progress", "_3": "Not Awarded", "_4": "Awarded", "_5": "Pending"}


def _address() -> Field:
    inner = nested(
        "addressBookAddress",
        *text("addressee", "addr1", "addr2", "city", "state", "zip"),
        Field("country", Kind.CHOICE),
        kind=Kind.SUBRECORD,
    )
    return nested("addressBook", inner, *text("label"), *flags("defaultBilling", "defaultShipping"))


def _customer() -> RecordType:
    tax = nested("taxRegistration", Field("nexusCountry", Kind.CHOICE), *text("taxRegistrationNumber", "address"))
    return record_type(
        "customer",
        unique(text("entityId")[0]),
        required(text("companyName")[0]),
        *text("firstName", "lastName", "email", "phone", "comments"),
        *flags("isPerson", "isInactive"),
        reference("parent", "customer"),
        reference("subsidiary", "subsidiary", required=True),
        reference("currency", "currency"),
        reference("taxItem", "salesTaxItem"),
        *amounts("creditLimit"),
        *computed(*amounts("balance", "overdueBalance")),
        _address(),
        tax,
        space="entity",
    )


def _job() -> RecordType:
    return record_type(
        "job",
        unique(text("entityId")[0]),
        required(text("companyName")[0]),
        reference("parent", "customer", required=True),
        reference("subsidiary", "subsidiary"),
        reference("currency", "currency"),
        reference("billingSchedule", "billingSchedule"),
        choice("jobBillingType", TM="Time and Materials", FBM="Fixed Bid, Milestone", FBI="Fixed Bid, Interval"),
        choice("entityStatus", **JOB_STATUS),
        *dates("startDate", "projectedEndDate"),
        *flags("isInactive"),
        *text("comments", "custentity_sluice_service_line", "custentity_sluice_delivery_owner"),
        *text("custentity_sluice_sold_to"),
        *amounts("custentity_sluice_budget"),
        space="entity",
    )


def _project_task() -> RecordType:
    """Milestone, critical path, slack and assignees are not in REST: they are unknown names here."""
    return record_type(
        "projectTask",
        reference("project", "job", required=True),
        required(text("title")[0]),
        reference("parent", "projectTask"),
        choice("constraintType", ASAP="As Soon As Possible", FIXEDSTART="Fixed Start", ALAP="As Late As Possible"),
        *dates("startDate", "custevent_sluice_ends_on"),
        *text("message", "custevent_sluice_method"),
        *flags("custevent_sluice_milestone"),
        *amounts("custevent_sluice_budget"),
    )


def _small_types() -> list[RecordType]:
    subsidiary = record_type(
        "subsidiary",
        required(text("name")[0]),
        *text("legalName"),
        reference("parent", "subsidiary"),
        reference("currency", "currency"),
        Field("country", Kind.CHOICE),
        *flags("isElimination", "isInactive"),
        methods=frozenset({"GET"}),
    )
    relationship = record_type(
        "customerSubsidiaryRelationship",
        reference("entity", "customer", required=True),
        reference("subsidiary", "subsidiary", required=True),
        *flags("isPrimarySub"),
        methods=frozenset({"GET", "POST", "DELETE"}),
    )
    schedule = record_type(
        "billingSchedule",
        required(text("name")[0]),
        choice("scheduleType", STD="Standard", FBM="Fixed Bid, Milestone", FBI="Fixed Bid, Interval"),
        choice("frequency", MONTHLY="Monthly", QUARTERLY="Quarterly", ONCE="Once"),
        *text("initialAmount"),
        Field("numberRemaining", Kind.NUMBER),
        *flags("inArrears", "isInactive"),
    )
    tax = record_type("salesTaxItem", unique(text("itemId")[0]), *text("description", "rate"), *flags("isInactive"))
    item = record_type(
        "serviceSaleItem", unique(text("itemId")[0]), *text("displayName"), *flags("isInactive"), table="item"
    )
    currency = record_type("currency", *text("name", "symbol"), *flags("isInactive"))
    return [currency, subsidiary, relationship, schedule, tax, item]


def record_types() -> Mapping[str, RecordType]:
    """Every record type of the account by its REST name."""
    all_types = [*_small_types(), _customer(), _job(), _project_task(), *sales_types()]
    return MappingProxyType({one.name: one for one in all_types})
