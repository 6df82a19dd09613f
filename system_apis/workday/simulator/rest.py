"""Staffing REST: workers in pages of a hundred at most, and one by Workday id or employee number."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from .auth import User
from .errors import Refusal, invalid, unknown
from .state import Person, Tenant, Values


class Staffing:
    """The staffing service of a tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def answer(self, path: str, query: Mapping[str, str], *, user: User) -> dict[str, Any]:
        """Answer a GET below the service."""
        if not user.may("staffing"):
            raise Refusal(404, "Resource not found", code="S21")
        parts = path.split("/")
        if parts == ["workers"]:
            return self._page(query, user)
        if parts[0] == "workers" and len(parts) == 2:
            return _worker(*self._one(parts[1]), user=user)
        raise unknown()

    def _page(self, query: Mapping[str, str], user: User) -> dict[str, Any]:
        limit, offset = _number(query, "limit", 20), _number(query, "offset", 0)
        if not 1 <= limit <= 100:
            raise invalid("limit", "The limit must be between 1 and 100")
        wanted = query.get("search", "").lower()
        found = [each for each in self._tenant.standing(self._tenant.today()) if wanted in each[1]["name"].lower()]
        return {"total": len(found), "data": [_worker(*each, user=user) for each in found[offset : offset + limit]]}

    def _one(self, worker: str) -> tuple[Person, Values]:
        kind, _, value = worker.rpartition("=")
        for person, values in self._tenant.standing(dt.date.max):
            if value == (person.employee_id if kind == person.number_type else person.wid if not kind else None):
                return person, values
        raise unknown()


def _worker(person: Person, values: Values, *, user: User) -> dict[str, Any]:
    told = {
        "id": person.wid,
        "descriptor": values["name"],
        "href": f"/workers/{person.wid}",
        "workerId": person.employee_id,
        "primaryWorkEmail": values.get("email"),
        "businessTitle": values.get("job_profile"),
        "location": {"descriptor": values["location"]} if values.get("location") else None,
        "isManager": bool(values.get("is_manager")),
    }
    kept = {"primaryWorkEmail": "email", "businessTitle": "job_profile", "location": "location"}
    return {key: value for key, value in told.items() if value is not None and kept.get(key) not in user.hidden}


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit():
        raise invalid(name, "Invalid number")
    return int(text)
