"""How values look on the wire: ids with their check letters, stamps without a colon, numbers with a point."""

import datetime as dt
import re
import string
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from .errors import Refusal
from .schema import Field

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECK: Final = string.ascii_uppercase + "012345"
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ID: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
NUMBERS: Final = frozenset({"currency", "double", "percent"})


def long_id(short: str) -> str:
    """The 18 letters of a 15-letter id: three check letters tell which letters are upper case."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << i for i, letter in enumerate(short[start : start + 5]) if letter.isupper())
        suffix += _CHECK[bits]
    return short + suffix


def numbered_id(prefix: str, number: int) -> str:
    """The id of the n-th row of an object; later rows have greater ids."""
    digits = ""
    for _ in range(8):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return long_id(f"{prefix}J500{digits}")


def known_id(value: object) -> str | None:
    """The 18-letter form of an id of either length; None when it cannot be an id."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        return None
    return long_id(value[:15])


def stamp(moment: dt.datetime) -> str:
    """A datetime on the wire: whole seconds, `.000`, offset without a colon."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def rendered(value: Any) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, Decimal):
        return _pointed(value)
    if isinstance(value, dt.datetime):
        return stamp(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def coerced(field: Field, value: Any) -> Any:
    """What is stored for a value sent; raises a Refusal when the field cannot hold it."""
    if value is None or value == "":
        return False if field.type == "boolean" else None
    if field.type in NUMBERS:
        return _number(field, value)
    if field.type == "boolean":
        return _boolean(value)
    if field.type == "date":
        return _date(value)
    if field.type == "datetime":
        return _moment(value)
    if field.type in {"reference", "id"}:
        return _reference(field, value)
    return _text(field, value)


def _pointed(value: Decimal) -> Decimal:
    plain = value.normalize()
    exponent = plain.as_tuple().exponent
    enough = isinstance(exponent, int) and exponent < 0
    return plain if enough else plain.quantize(Decimal("0.1"))


def _number(field: Field, value: Any) -> Decimal:
    if isinstance(value, bool):
        raise _unreadable(field.type, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _unreadable(field.type, value) from None
    if not number.is_finite():
        raise _unreadable(field.type, value)
    return number.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _unreadable("boolean", value)


def _date(value: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _unreadable("date", value) from None


def _moment(value: Any) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _unreadable("datetime", value) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).replace(microsecond=0)


def _reference(field: Field, value: Any) -> str:
    found = known_id(value)
    if found is None:
        message = f"{field.name}: id value of incorrect type: {value}"
        raise Refusal(400, "MALFORMED_ID", message, fields=(field.name,))
    return found


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        value = str(value)
    if field.length and len(value) > field.length:
        message = f"{field.name}: data value too large: {value[:40]} (max length={field.length})"
        raise Refusal(400, "STRING_TOO_LONG", message, fields=(field.name,))
    if field.type == "email" and not _EMAIL.fullmatch(value):
        message = f"{field.name}: invalid email address: {value}"
        raise Refusal(400, "INVALID_EMAIL_ADDRESS", message, fields=(field.name,))
    if field.restricted and value not in field.values:
        message = f"{field.name}: bad value for restricted picklist field: {value}"
        raise Refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=(field.name,))
    return str(value)


def _unreadable(kind: str, value: Any) -> Refusal:
    message = (
        f"Cannot deserialize instance of {kind} from VALUE_STRING value {value} "
        "or request may be missing a required field at [line:1, column:2]"
    )
    return Refusal(400, "JSON_PARSER_ERROR", message)
