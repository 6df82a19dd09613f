"""How sent attributes become stored ones: whole cents and minutes, days, ids as strings; else 422."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from system_apis.kantata.simulator.collection import Collection
from system_apis.kantata.simulator.refused import invalid

WHOLE: Final = frozenset({"minutes", "rate", "default_rate", "quantity", "workspace_allocation_percentage"})
TRUTHS: Final = frozenset(
    {
        "company",
        "budgeted",
        "archived",
        "billable",
        "fixed_fee",
        "time_trackable",
        "hard",
        "locked",
        "draft",
        "suppress_emails",
        "require_time_approvals",
        "require_expense_approvals",
        "tasks_default_non_billable",
    }
)
DAYS: Final = frozenset({"start_date", "end_date", "due_date", "effective_date", "date_performed", "date_to_invoice"})


def accepted(collection: Collection, sent: dict[str, Any], *, when: str) -> dict[str, Any]:
    """The attributes that are taken at this moment (`c` or `u`); the rest is dropped without a word."""
    return {
        name: stored(name, value)
        for name, value in sent.items()
        if when in collection.takes.get(name, "") and name != "external_reference"
    }


def stored(name: str, value: Any) -> Any:
    """One attribute as it is kept."""
    if value is None or value == "":
        return None
    if name.endswith("_ids"):
        return [_id(name, item) for item in value]
    if name.endswith("_id"):
        return _id(name, value)
    if name in WHOLE or name.endswith(("_in_cents", "_in_minutes")):
        return _whole(name, value)
    if name in TRUTHS:
        return _truth(name, value)
    if name in DAYS or name.endswith("_date"):
        return _day(name, value)
    return value


def base_unit(currency: str | None) -> int:
    """How many minor units the account reckons to one of the currency."""
    return 1 if currency in {"JPY", "KRW"} else 100


def cents(name: str, value: Any, *, currency: str | None) -> int:
    """An amount in major units as whole minor ones."""
    try:
        amount = Decimal(str(value)) * base_unit(currency)
    except InvalidOperation:
        raise invalid(f"{_words(name)} is not a number", field=name) from None
    if amount != amount.to_integral_value():
        raise invalid(f"{_words(name)} has too many decimals", field=name)
    return int(amount)


def demanded(collection: Collection, row: dict[str, Any]) -> None:
    """Refuse a row without what it must have, or with a word that is not among its choices."""
    for name in collection.must:
        if row.get(name) in (None, "", []):
            raise invalid(f"{_words(name)} can't be blank", field=name)
    for name, words in collection.choices.items():
        if row.get(name) is not None and row[name] not in words:
            raise invalid(f"{_words(name)} is not included in the list", field=name)


def _words(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").capitalize()


def _id(name: str, value: Any) -> str:
    text = str(value)
    if isinstance(value, bool) or not text.isdigit():
        raise invalid(f"{_words(name)} is not a valid id", field=name)
    return text


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not str(value).removeprefix("-").isdigit():
        raise invalid(f"{_words(name)} must be an integer", field=name)
    return int(value)


def _truth(name: str, value: Any) -> bool:
    if value in (True, "true", "1"):
        return True
    if value in (False, "false", "0"):
        return False
    raise invalid(f"{_words(name)} must be true or false", field=name)


def _day(name: str, value: Any) -> str:
    try:
        return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise invalid(f"{_words(name)} is not a valid date", field=name) from None
