"""A weekly timecard and its history as the org tells them; what is worth knowing of their parents comes along."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from msgspec import Struct, field


class Keyed(Struct, frozen=True, kw_only=True):
    """A parent that may be ours."""

    key: str | None = field(name="Sluice_Id__c", default=None)


class Place(Struct, frozen=True, kw_only=True):
    """A phase or milestone that may be ours, and the country it is in."""

    key: str | None = field(name="Sluice_Id__c", default=None)
    country: str | None = field(name="Sluice_Country__c", default=None)


class Person(Struct, frozen=True, kw_only=True):
    """Who worked."""

    role: str | None = field(name="pse__Resource_Role__c", default=None)
    region: Keyed | None = field(name="pse__Region__r", default=None)


class Assignment(Struct, frozen=True, kw_only=True):
    """On what the person works."""

    role: str | None = field(name="pse__Role__c", default=None)


class User(Struct, frozen=True, kw_only=True):
    """Somebody with a login."""

    username: str | None = field(name="Username", default=None)


class Timecard(Struct, frozen=True, kw_only=True):
    """One week of one person on one assignment."""

    id: str = field(name="Id")
    deleted: bool = field(name="IsDeleted")
    stamp: dt.datetime = field(name="SystemModstamp")
    changed_by: User | None = field(name="LastModifiedBy", default=None)
    resource_id: str = field(name="pse__Resource__c")
    resource: Person | None = field(name="pse__Resource__r", default=None)
    project_id: str | None = field(name="pse__Project__c", default=None)
    project: Keyed | None = field(name="pse__Project__r", default=None)
    assignment: Assignment | None = field(name="pse__Assignment__r", default=None)
    phase: Place | None = field(name="pse__Project_Phase_Object__r", default=None)
    milestone: Place | None = field(name="pse__Milestone__r", default=None)
    starts_on: dt.date = field(name="pse__Start_Date__c")
    monday: Decimal | None = field(name="pse__Monday_Hours__c", default=None)
    tuesday: Decimal | None = field(name="pse__Tuesday_Hours__c", default=None)
    wednesday: Decimal | None = field(name="pse__Wednesday_Hours__c", default=None)
    thursday: Decimal | None = field(name="pse__Thursday_Hours__c", default=None)
    friday: Decimal | None = field(name="pse__Friday_Hours__c", default=None)
    saturday: Decimal | None = field(name="pse__Saturday_Hours__c", default=None)
    sunday: Decimal | None = field(name="pse__Sunday_Hours__c", default=None)
    monday_note: str | None = field(name="pse__Monday_Notes__c", default=None)
    tuesday_note: str | None = field(name="pse__Tuesday_Notes__c", default=None)
    wednesday_note: str | None = field(name="pse__Wednesday_Notes__c", default=None)
    thursday_note: str | None = field(name="pse__Thursday_Notes__c", default=None)
    friday_note: str | None = field(name="pse__Friday_Notes__c", default=None)
    saturday_note: str | None = field(name="pse__Saturday_Notes__c", default=None)
    sunday_note: str | None = field(name="pse__Sunday_Notes__c", default=None)
    billable: bool = field(name="pse__Billable__c", default=False)
    status: str | None = field(name="pse__Status__c", default=None)
    approver: User | None = field(name="pse__Approver__r", default=None)
    cost_rate: Decimal | None = field(name="pse__Cost_Rate_Amount__c", default=None)
    cost_currency: str | None = field(name="pse__Cost_Rate_Currency_Code__c", default=None)
    billed: bool = field(name="pse__Billed__c", default=False)
    monday_document: str | None = field(name="Sluice_Monday_Document__c", default=None)
    tuesday_document: str | None = field(name="Sluice_Tuesday_Document__c", default=None)
    wednesday_document: str | None = field(name="Sluice_Wednesday_Document__c", default=None)
    thursday_document: str | None = field(name="Sluice_Thursday_Document__c", default=None)
    friday_document: str | None = field(name="Sluice_Friday_Document__c", default=None)
    saturday_document: str | None = field(name="Sluice_Saturday_Document__c", default=None)
    sunday_document: str | None = field(name="Sluice_Sunday_Document__c", default=None)
    seen: dt.datetime | None = field(name="Sluice_Seen__c", default=None)

    @property
    def hours(self) -> tuple[Decimal, ...]:
        """Hours by weekday, Monday first."""
        days = (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)
        return tuple(hours or Decimal(0) for hours in days)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done by weekday."""
        early = (self.monday_note, self.tuesday_note, self.wednesday_note, self.thursday_note)
        return tuple(note or "" for note in (*early, self.friday_note, self.saturday_note, self.sunday_note))

    @property
    def documents(self) -> tuple[str, ...]:
        """Which document of ours bills a weekday; what is not billed any more is on none."""
        if not self.billed:
            return ("",) * 7
        early = (self.monday_document, self.tuesday_document, self.wednesday_document, self.thursday_document)
        late = (self.friday_document, self.saturday_document, self.sunday_document)
        return tuple(document or "" for document in (*early, *late))


class Change(Struct, frozen=True, kw_only=True):
    """One field of a timecard that changed; the values are text, figures or truth, as the field is."""

    id: str = field(name="Id")
    timecard_id: str = field(name="ParentId")
    at: dt.datetime = field(name="CreatedDate")
    name: str = field(name="Field")
    old: Any = field(name="OldValue", default=None)
    new: Any = field(name="NewValue", default=None)
