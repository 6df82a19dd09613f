"""Values on the wire: v2 has decimals as text and `/Date(ms)/`, v4 has numbers and ISO dates."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from system_apis.sap_s4hana.simulator.refusal import Refusal, malformed
from system_apis.sap_s4hana.simulator.schema import Kind, Property

_TICKS: Final = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


def ticks(moment: dt.datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def written(prop: Property, value: Any, *, version: int, exact: bool) -> Any:
    """A value as the dialect writes it; `exact` is v4 with decimals as text (IEEE754Compatible)."""
    if value is None:
        return None
    if prop.kind is Kind.AMOUNT:
        return str(value) if version == 2 or exact else value
    if prop.kind is Kind.DAY:
        if version != 2:
            return value.isoformat()
        return f"/Date({ticks(dt.datetime.combine(value, dt.time(), tzinfo=dt.UTC))})/"
    if prop.kind is Kind.MOMENT:
        return f"/Date({ticks(value)}+0000)/" if version == 2 else _iso(value)
    return value


def read(prop: Property, value: Any, *, version: int) -> Any:
    """A value as it was sent.

    Raises:
        Refusal: it is of another type, or longer than the property.

    """
    if value is None:
        return prop.empty
    try:
        return _read(prop, value, version=version)
    except (TypeError, ValueError, InvalidOperation, AttributeError):
        raise malformed(f"Property '{prop.name}' has invalid value '{value}'") from None


def _read(prop: Property, value: Any, *, version: int) -> Any:
    if prop.kind is Kind.AMOUNT:
        if version == 2 and not isinstance(value, str):
            raise TypeError
        return Decimal(value)
    if prop.kind is Kind.DAY:
        return _moment(value).date() if version == 2 else dt.date.fromisoformat(value)
    if prop.kind is Kind.MOMENT:
        return _moment(value)
    if prop.kind is Kind.GUID:
        return str(uuid.UUID(value))
    expected = {Kind.TEXT: str, Kind.FLAG: bool, Kind.COUNT: int}[prop.kind]
    if not isinstance(value, expected):
        raise TypeError
    if isinstance(value, str) and len(value) > prop.length:
        text = f"Property '{prop.name}' has value '{value}' longer than {prop.length}"
        raise Refusal(400, "/IWBEP/CM_MGW_RT/176", text, target=prop.name)
    return value


def _moment(value: str) -> dt.datetime:
    found = _TICKS.fullmatch(value)
    if found is not None:
        return _EPOCH + int(found.group(1)) * _MILLISECOND
    told = dt.datetime.fromisoformat(value)
    return told if told.tzinfo else told.replace(tzinfo=dt.UTC)


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
