"""Where the tenant is, who we are to it, and how its reports and words lead to ours."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from contracts.canonical.workforce import WEEKDAYS, AbsenceKind
from kit.settings import Secret


class WorkerColumns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Under which names the report of workers has its columns; an empty name says that it has none."""

    worker_id: str = "Employee_ID"
    wid: str = "Workday_ID"
    name: str = "Worker"
    email: str = "Email_-_Work"
    kind: str = "Worker_Type"
    hired_on: str = "Hire_Date"
    ends_on: str = "Termination_Date"
    on_leave: str = "On_Leave"
    legal_entity: str = "Company"
    cost_centre: str = "Cost_Center"
    practice: str = "Supervisory_Organization"
    location: str = "Location"
    country: str = "Country"
    manager_id: str = "Manager_ID"
    grade: str = "Management_Level"
    role: str = "Job_Profile"
    full_time_share: str = "FTE"
    weekly_hours: str = "Scheduled_Weekly_Hours"
    skills: str = "Skills_group"
    skill: str = "Skill"
    level: str = "Proficiency"


class AbsenceColumns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for the report of absences, a row for each stretch of days."""

    absence_id: str = "Time_Off_ID"
    worker_id: str = "Employee_ID"
    starts_on: str = "From_Date"
    ends_on: str = "To_Date"
    quantity: str = "Quantity"
    unit: str = "Unit"
    kind: str = "Absence_Type"
    status: str = "Status"


class RateColumns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for the report of cost rates, a row for each worker with a group of dated rates."""

    worker_id: str = "Employee_ID"
    rates: str = "Rates_group"
    amount: str = "Hourly_Cost"
    currency: str = "Currency"
    effective_from: str = "Effective_Date"


class Prompts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the reports ask for what may be narrowed."""

    worker: str = "Worker!WID"
    effective_on: str = "Effective_as_of_Date"
    starts_on: str = "From_Date"
    ends_on: str = "To_Date"


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Workday connection."""

    base_url: str
    """Address of the data centre's services, without a path."""
    tenant: str
    """Name of the tenant, a part of every address."""
    client_id: str
    """The API client for integrations."""
    user: str
    """The integration system user, without the tenant."""
    password: Secret
    """Its password, for web services, which know no API client."""
    report_owner: str
    """The account that owns the three reports."""
    flow: Literal["refresh_token", "jwt_bearer"] = "refresh_token"
    """How a token is obtained."""
    client_secret: Secret = Secret("")
    """The API client's secret, for refresh_token."""
    refresh_token: Secret = Secret("")
    """A refresh token of the user that does not end, for refresh_token."""
    private_key: Secret = Secret("")
    """Key of the certificate registered with the API client, in PEM, for jwt_bearer."""
    worker_report: str = "Sluice_Workers"
    """Report of active and ended workers."""
    absence_report: str = "Sluice_Absences"
    """Report of time off and leaves."""
    rate_report: str = "Sluice_Cost_Rates"
    """Report of cost rates."""
    worker_columns: WorkerColumns = WorkerColumns()
    absence_columns: AbsenceColumns = AbsenceColumns()
    rate_columns: RateColumns = RateColumns()
    prompts: Prompts = Prompts()
    legal_entities: dict[str, str] = field(default_factory=dict)
    """Our code of a legal entity by the tenant's company; a company not named here is taken by its own name."""
    absence_kinds: dict[str, AbsenceKind] = field(default_factory=dict)
    """Why somebody is away, by the tenant's name for it; a name not listed counts as another reason."""
    approved_states: list[str] = field(default_factory=lambda: ["Approved", "Successfully Completed"])
    """States of an absence that stands."""
    dropped_states: list[str] = field(default_factory=lambda: ["Canceled", "Denied", "Rescinded"])
    """States of an absence that does not; any other state means that it is asked for."""
    contractor_types: list[str] = field(default_factory=lambda: ["Contingent Worker"])
    """Worker types that are no employees."""
    working_days: list[int] = field(default_factory=lambda: list(WEEKDAYS))
    """ISO weekdays over which contracted hours are spread."""
    staffing_version: str = "v6"
    """Version of the staffing service."""
    services_version: str = "v43.0"
    """Version of the web services, of which there are two a year."""
    horizon_days: int = 365
    """How far ahead hires are looked for."""
    chunk: int = 50
    """Workers that are asked of a report at a time."""
    feed_overlap_s: float = 60.0
    """Seconds that a transaction may become readable after its entry moment."""
    deadline_s: float = 45.0
    """Seconds one call may take with all its attempts."""
    concurrency: int = 4
    """Calls in flight at once."""
