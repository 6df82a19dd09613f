"""A development landscape: fresh credentials at both ends, three reports with the firm's own columns, and a staff."""

import secrets
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_TENANT: Final = "sluicegate1"
_USER: Final = "ISU_Sluice"
_OWNER: Final = "hr.reports"
_WORKERS: Final = {
    "Employee_ID": "employee_id",
    "Workday_ID": "wid",
    "Preferred_Name": "name",
    "Email_-_Work": "email",
    "Worker_Type": "worker_type",
    "Hire_Date": "hire_date",
    "Termination_Date": "termination_date",
    "On_Leave": "on_leave",
    "CF_Legal_Entity_Code": "company",
    "Cost_Center_ID": "cost_center",
    "Supervisory_Organization": "organization",
    "Location": "location",
    "Country_ISO": "country",
    "Manager_Employee_ID": "manager_id",
    "Management_Level": "grade",
    "Job_Profile": "job_profile",
    "FTE": "fte",
    "Scheduled_Weekly_Hours": "weekly_hours",
}
_SKILLS: Final = {"Skills_group": {"of": "skills", "columns": {"Skill": "skill", "Proficiency": "level"}}}
_TIME_OFF: Final = {
    "Time_Off_ID": "id",
    "Employee_ID": "employee_id",
    "From_Date": "from",
    "To_Date": "to",
    "Quantity": "quantity",
    "Unit": "unit",
    "Absence_Type": "type",
    "Status": "status",
}
_RATES: Final = {
    "Rates_group": {
        "of": "rates",
        "columns": {"CF_Hourly_Cost": "amount", "Currency": "currency", "Effective_Date": "from"},
    }
}


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers."""
    private, public = _key_pair()
    client, secret, refresh = secrets.token_hex(16), secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    password, session = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    api_client = {"client_id": client, "client_secret": secret, "refresh_tokens": [refresh], "public_key": public}
    return {
        "config": {
            "base_url": base_url,
            "tenant": _TENANT,
            "client_id": client,
            "client_secret": secret,
            "refresh_token": refresh,
            "private_key": private,
            "user": _USER,
            "password": password,
            **_mapping(),
        },
        "seed": {
            "tenant": _TENANT,
            "api_clients": [{**api_client, "user": _USER}],
            "users": [{"name": _USER, "password": password}],
            "sessions": [session],
            "reports": _reports(),
            "workers": _staff(),
            "rates": _rates(),
            "time_off": [],
        },
        "person": {"headers": {"Cookie": f"wd-session={session}"}},
    }


def _key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _mapping() -> dict[str, Any]:
    """How this tenant's reports and words lead to ours."""
    return {
        "report_owner": _OWNER,
        "worker_columns": {
            "name": "Preferred_Name",
            "legal_entity": "CF_Legal_Entity_Code",
            "cost_centre": "Cost_Center_ID",
            "country": "Country_ISO",
            "manager_id": "Manager_Employee_ID",
        },
        "rate_columns": {"amount": "CF_Hourly_Cost"},
        "legal_entities": {"C-100": "SG-DE", "C-200": "SG-UK", "C-300": "SG-US"},
        "absence_kinds": {
            "Vacation": "vacation",
            "Sick Leave": "sickness",
            "Parental Leave": "parental",
            "Unpaid Leave": "unpaid",
            "Public Holiday": "public_holiday",
        },
    }


def _reports() -> list[dict[str, Any]]:
    return [
        {
            "owner": _OWNER,
            "name": "Sluice_Workers",
            "source": "workers",
            "columns": _WORKERS,
            "groups": _SKILLS,
        },
        {"owner": _OWNER, "name": "Sluice_Absences", "source": "time_off", "columns": _TIME_OFF},
        {
            "owner": _OWNER,
            "name": "Sluice_Cost_Rates",
            "source": "rates",
            "columns": {"Employee_ID": "employee_id"},
            "groups": _RATES,
        },
    ]


def _staff() -> list[dict[str, Any]]:
    """Four people who stand there from the beginning, entered long before anybody reads."""
    germany = {"company": "C-100", "country": "DE", "location": "Hamburg", "organization": "Managed Cloud"}
    britain = {"company": "C-200", "country": "GB", "location": "London", "organization": "Advisory"}
    return [
        _person(
            "21001", "Dana Okafor", "2019-03-01", {**germany, "grade": "Director", "job_profile": "Delivery Owner"}
        ),
        _person("21002", "Jonas Brandt", "2021-05-17", {**germany, "manager_id": "21001", "weekly_hours": "37.5"}),
        _person("21003", "Aisha Rahman", "2022-09-05", {**britain, "manager_id": "21001", "weekly_hours": "40"}),
        _person(
            "21004",
            "Tomasz Lewandowski",
            "2023-01-09",
            {**germany, "manager_id": "21001", "weekly_hours": "20", "fte": "0.5", "worker_type": "Contingent Worker"},
        ),
    ]


def _person(employee_id: str, name: str, hired_on: str, more: dict[str, Any]) -> dict[str, Any]:
    values = {
        "name": name,
        "email": f"{name.lower().replace(' ', '.')}@sluicegate.example",
        "worker_type": "Employee",
        "cost_center": "CC-4100",
        "grade": "Senior",
        "job_profile": "Cloud Architect",
        "fte": "1",
        "weekly_hours": "40",
        "on_leave": False,
        "skills": [{"skill": "Kubernetes", "level": "Expert"}, {"skill": "Terraform", "level": "Proficient"}],
    }
    entered_at = f"{hired_on}T08:00:00+00:00"
    return {"employee_id": employee_id, "hired_on": hired_on, "entered_at": entered_at, "values": {**values, **more}}


def _rates() -> list[dict[str, Any]]:
    return [
        {"employee_id": "21002", "amount": "88.00", "currency": "EUR", "from": "2025-01-01"},
        {"employee_id": "21002", "amount": "92.50", "currency": "EUR", "from": "2026-01-01"},
        {"employee_id": "21003", "amount": "71.20", "currency": "GBP", "from": "2026-01-01"},
    ]
