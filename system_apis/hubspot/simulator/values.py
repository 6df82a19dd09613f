"""Property values: always strings on the wire, whatever the property's type; each type takes what it takes."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from .errors import Fault, invalid_values, unreadable
from .schema import Kind, Property, stranger

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY_MS: Final = 86_400_000


class Wrong(ValueError):
    """A value that its property does not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def accepted(kind: Kind, sent: Any, *, by_firm: bool = True) -> dict[str, str | None]:
    """The values to store; raises for every property at fault at once. The empty string clears."""
    if not isinstance(sent, dict):
        raise unreadable("Some required fields were not set: [properties]")
    faults: list[Fault] = []
    taken: dict[str, str | None] = {}
    for name, value in sent.items():
        if value is not None and not isinstance(value, str):
            found = type(value).__name__
            raise unreadable(f"Cannot deserialize value of type `java.lang.String` from {found} value")
        prop = kind.properties.get(name)
        if prop is None:
            faults.append(stranger(name))
        elif prop.read_only and by_firm:
            message = f'"{name}" is a read only property; its value cannot be set.'
            faults.append(Fault(name, "READ_ONLY_VALUE", message))
        else:
            try:
                taken[name] = stored(prop, value) if value else None
            except Wrong as wrong:
                faults.append(Fault(name, wrong.code, str(wrong)))
    if faults:
        raise invalid_values(faults)
    return taken


def stored(prop: Property, value: str) -> str:
    """A value in the form in which it is kept; raises Wrong."""
    if prop.name == "email":
        return value.lower()
    if prop.type == "number":
        number(value)
    elif prop.type == "bool":
        if value not in {"true", "false"}:
            raise Wrong("INVALID_BOOLEAN", f"{value} was not one of the allowed options: [true, false]")
    elif prop.type == "enumeration":
        if prop.options and value not in prop.options:
            allowed = ", ".join(f'label: "{option}"\nvalue: "{option}"' for option in prop.options)
            raise Wrong("INVALID_OPTION", f"{value} was not one of the allowed options: [{allowed}]")
    elif prop.type == "date":
        return _day(value)
    elif prop.type == "datetime":
        return shown_moment(moment(value))
    return value


def number(value: str) -> Decimal:
    """A number; raises Wrong."""
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise Wrong("INVALID_INTEGER", f"{value} was not a valid number.") from None
    if not found.is_finite():
        raise Wrong("INVALID_INTEGER", f"{value} was not a valid number.")
    return found


def moment(value: str) -> dt.datetime:
    """A moment from milliseconds or from ISO 8601; raises Wrong."""
    if value.lstrip("-").isdigit():
        return _EPOCH + dt.timedelta(milliseconds=int(value))
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        raise Wrong("INVALID_DATE", f"{value} was not a valid long.") from None
    return found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC)


def millis(at: dt.datetime) -> int:
    """A moment in milliseconds."""
    return (at - _EPOCH) // dt.timedelta(milliseconds=1)


def shown_moment(at: dt.datetime) -> str:
    """A moment as the vendor mostly writes it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def shown(values: Mapping[str, str | None], names: tuple[str, ...], *, as_millis: frozenset[str]) -> dict[str, Any]:
    """The asked properties; what has no value is null. Some moments come in milliseconds, as text too."""
    told: dict[str, Any] = {}
    for name in names:
        value = values.get(name)
        told[name] = str(millis(moment(value))) if value and name in as_millis else value
    return told


def _day(value: str) -> str:
    if value.lstrip("-").isdigit():
        if int(value) % _DAY_MS:
            raise Wrong("INVALID_DATE", f"{value} is not midnight in UTC.")
        return (_EPOCH + dt.timedelta(milliseconds=int(value))).date().isoformat()
    try:
        return dt.date.fromisoformat(value).isoformat()
    except ValueError:
        raise Wrong("INVALID_DATE", f"{value} was not a valid date.") from None
