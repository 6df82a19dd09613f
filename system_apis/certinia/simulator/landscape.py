"""A development landscape: credentials at both ends, the units of the firm, its people as resources."""

from typing import Any, Final

from kit.sandbox.force import credentials, long_id

_INTEGRATION_USER: Final = "integration@sluicegate.example"
_PERSON: Final = "petra.planner@sluicegate.example"
_REGIONS: Final = (
    ("AT", "Austria"), ("AU", "Australia"), ("BE", "Belgium"), ("BR", "Brazil"), ("CA", "Canada"),
    ("CH", "Switzerland"), ("DE", "Germany"), ("DK", "Denmark"), ("ES", "Spain"), ("FR", "France"),
    ("GB", "United Kingdom"), ("IE", "Ireland"), ("IN", "India"), ("IT", "Italy"), ("JP", "Japan"),
    ("LU", "Luxembourg"), ("NL", "Netherlands"), ("PL", "Poland"), ("SE", "Sweden"), ("SG", "Singapore"),
    ("US", "United States"),
)  # fmt: skip  # a list read as one
_PRACTICES: Final = (("MANAGED-CLOUD", "Managed cloud"), ("ADVISORY", "Advisory"))
_GROUPS: Final = (("SG-DE", "Sluicegate Deutschland"), ("SG-GB", "Sluicegate UK"), ("SG-US", "Sluicegate US"))
_PEOPLE: Final = (
    ("Dana", "Okafor", "dana.okafor@sluicegate.example", "Project Manager"),
    ("Kim", "Weber", "kim.weber@sluicegate.example", "Cloud Architect"),
)


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers."""
    login = credentials(integration_user=_INTEGRATION_USER, person=_PERSON)
    users = [_record("User", user["id"], Username=user["username"], IsActive=True) for user in login.seed["users"]]
    units = (("pse__Region__c", "a01", _REGIONS), ("pse__Practice__c", "a02", _PRACTICES))
    places = [
        _record(kind, f"{prefix}J510000000{number:02}", Name=name, Sluice_Id__c=code)
        for kind, prefix, rows in (*units, ("pse__Group__c", "a03", _GROUPS))
        for number, (code, name) in enumerate(rows, start=1)
    ]
    return {
        "config": {"base_url": base_url, **login.config, "feed_lag_s": 0},
        "seed": {**login.seed, "records": [*users, *places, *_resources()]},
        "person": login.person,
    }


def _resources() -> list[dict[str, Any]]:
    return [
        _record(
            "Contact",
            f"003J5100000000{number}",
            FirstName=first,
            LastName=last,
            Email=email,
            pse__Is_Resource__c=True,
            pse__Is_Resource_Active__c=True,
            pse__Resource_Role__c=role,
            pse__Default_Cost_Rate__c="80.00",
            pse__Region__r={"Sluice_Id__c": "FR"},
        )
        for number, (first, last, email, role) in enumerate(_PEOPLE, start=1)
    ]


def _record(kind: str, row_id: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, "Id": long_id(row_id[:15]), **values}
