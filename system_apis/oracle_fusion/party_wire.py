"""Organizations, projects and tasks as Fusion spells them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import UNSET, Struct, UnsetType, field

from system_apis.oracle_fusion.wire import Flag, Number, Page, Text, Wire


class Relationship(Wire, frozen=True):
    """A relationship of an organization to another."""

    object_party_number: Text = UNSET
    relationship_type: Text = UNSET
    relationship_code: Text = UNSET


class Organization(Wire, frozen=True):
    """An organization of the trading community."""

    party_id: Number = UNSET
    party_number: Text = UNSET
    organization_name: Text = UNSET
    source_system: Text = UNSET
    source_system_reference_value: Text = UNSET
    country: Text = UNSET
    address_line_1: Text = field(name="AddressLine1", default=UNSET)
    city: Text = UNSET
    postal_code: Text = UNSET
    state: Text = UNSET
    email_address: Text = UNSET
    taxpayer_identification_number: Text = UNSET
    preferred_currency: Text = UNSET
    relationship: list[Relationship] | Page[Relationship] | UnsetType = UNSET


class TaskDff(Wire, frozen=True, rename=None):
    """What we keep of a phase in the flexfield of its task."""

    budget: Decimal | UnsetType | None = field(name="sluiceBudget", default=UNSET)
    method: Text = field(name="sluiceMethod", default=UNSET)
    country: Text = field(name="sluiceCountry", default=UNSET)


class Task(Wire, frozen=True):
    """A task of a project."""

    task_id: Number = UNSET
    task_number: Text = UNSET
    task_name: Text = UNSET
    task_start_date: Text = UNSET
    task_finish_date: Text = UNSET
    parent_task_id: Number = UNSET
    billable_flag: Flag = UNSET
    milestone_flag: Flag = UNSET
    dff: list[TaskDff] | Page[TaskDff] | UnsetType = field(name="TaskDFF", default=UNSET)


class ProjectCustomer(Wire, frozen=True):
    """A party for which a project is, or to which it is billed."""

    party_id: Number = UNSET
    bill_to_flag: Flag = UNSET


class ProjectDff(Wire, frozen=True, rename=None):
    """What we keep of a project in its flexfield."""

    budget: Decimal | UnsetType | None = field(name="sluiceBudget", default=UNSET)
    service_line: Text = field(name="sluiceServiceLine", default=UNSET)
    owner: Text = field(name="sluiceOwner", default=UNSET)
    bill_to: Text = field(name="sluiceBillTo", default=UNSET)


class Project(Wire, frozen=True):
    """A project."""

    project_id: Number = UNSET
    project_number: Text = UNSET
    project_name: Text = UNSET
    business_unit_name: Text = UNSET
    owning_organization_name: Text = UNSET
    project_start_date: Text = UNSET
    project_finish_date: Text = UNSET
    project_status: Text = UNSET
    project_currency_code: Text = UNSET
    source_template_number: Text = UNSET
    source_application_code: Text = UNSET
    source_reference: Text = UNSET
    project_customers: list[ProjectCustomer] | Page[ProjectCustomer] | UnsetType = UNSET
    dff: list[ProjectDff] | Page[ProjectDff] | UnsetType = field(name="ProjectDFF", default=UNSET)


class Account(Struct, frozen=True, kw_only=True):
    """A customer account with its one site, as the account service merges it."""

    number: str
    party_id: int
    name: str
    tax_code: str
    status: str


ACTIVE: Final = "A"
INACTIVE: Final = "I"
