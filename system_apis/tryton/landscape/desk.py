"""A person at Tryton's own desk: signs in with a password and calls methods over JSON-RPC, one after the other."""

from __future__ import annotations

import base64
import itertools
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

LOGIN: Final = "admin"
_SLOW_S: Final = 60.0


class Refused(RuntimeError):
    """Tryton answered with an error; the message says to which method and in its own words."""


class Desk:
    """One session of the administrator on one database. Use it as a context manager."""

    def __init__(self, url: str, database: str, *, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=_SLOW_S)
        self._path = f"/{database}/rpc/"
        self._password = password
        self._numbers = itertools.count(1)
        self._context: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Sign in."""
        user, token, *_ = self._ask("common.db.login", LOGIN, {"password": self._password}, "en")
        session = base64.b64encode(f"{LOGIN}:{user}:{token}".encode()).decode()
        self._http.headers["Authorization"] = f"Session {session}"
        self.user = int(user)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Leave; the session ends with the database copy it was opened on."""
        self._http.close()

    def of(self, company: int) -> None:
        """Act for one company from now on: charts, periods and sequences belong to whoever is named here."""
        self._context = {"company": company}

    def call(self, model: str, method: str, *arguments: Any) -> Any:
        """Call a method of a model.

        Raises:
            Refused: Tryton said no.

        """
        return self._ask(f"model.{model}.{method}", *arguments, self._context)

    def create(self, model: str, *records: dict[str, Any]) -> list[int]:
        """Make records, all or none, and give their ids."""
        made: list[int] = self.call(model, "create", list(records))
        return made

    def made(self, model: str, **values: Any) -> int:
        """Make one record and give its id."""
        return self.create(model, values)[0]

    def ids(self, model: str, *domain: Any) -> list[int]:
        """Ids of the records that fit a domain, in the order in which they were made."""
        found: list[int] = self.call(model, "search", list(domain), 0, None, [["id", "ASC"]])
        return found

    def the(self, model: str, *domain: Any) -> int:
        """The first record that fits.

        Raises:
            Refused: there is none.

        """
        found = self.ids(model, *domain)
        if not found:
            raise Refused(f"Tryton has no {model} with {domain}")
        return found[0]

    def wizard(self, name: str, *screens: tuple[str, dict[str, Any]], on: tuple[str, int] | None = None) -> None:
        """Press one button after the other, on a record if one is named, until no screen is shown any more.

        A button comes with what was filled in on the screen before it; all else keeps the screen's own defaults.
        """
        context = dict(self._context)
        if on is not None:
            model, number = on
            context |= {"active_model": model, "active_id": number, "active_ids": [number]}
        wizard, *_ = self._ask(f"wizard.{name}.create", context)
        given: dict[str, Any] = {}
        for button, filled in screens:
            given = {screen: {**defaults, **filled} for screen, defaults in given.items()}
            view = (self._ask(f"wizard.{name}.execute", wizard, given, button, context) or {}).get("view")
            if view is None:
                break
            given = {view["state"]: {key: held for key, held in view["defaults"].items() if not key.endswith(".")}}
        self._ask(f"wizard.{name}.delete", wizard, context)

    def _ask(self, method: str, *params: Any) -> Any:
        asked = {"id": next(self._numbers), "method": method, "params": params}
        answer = self._http.post(
            self._path,
            content=msgspec.json.encode(asked, enc_hook=_no_other),
            headers={"Content-Type": "application/json"},
        )
        if answer.is_error:
            raise Refused(f"{method} was answered {answer.status_code}: {answer.text[:300]}")
        said = answer.json()
        if "error" in said:
            raise Refused(f"{method} was refused: {said['error']}")
        return said["result"]


def decimal(value: str) -> dict[str, str]:
    """A decimal as Tryton writes it."""
    return {"__class__": "Decimal", "decimal": str(Decimal(value))}


def day(value: date) -> dict[str, Any]:
    """A date as Tryton writes it."""
    return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}


def _no_other(value: object) -> object:
    raise TypeError(f"Tryton's JSON has no form for {type(value).__name__}")
