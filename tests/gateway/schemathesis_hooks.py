"""Read by Schemathesis in its own environment: what a well-meaning client does that no schema can say.

Each command has a key of its own, a cursor comes from the page before, and no name holds control characters or
slashes. Cases that are meant to be wrong stay as they were made, except that a well-formed key never stands for two
commands. A decimal is written as a decimal: its format says so, and the tool does not know it. A whole number is
written without a fraction: to the schema 2.0 is an integer, and no client writes it so.
"""

import re
import uuid
from typing import Any

import schemathesis
from hypothesis import strategies as st

_KEY = re.compile(r"[!-~]{1,255}")
_DECIMALS = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False, allow_infinity=False)
_UNNAMED = re.compile(r"[\x00-\x1f\x7f]|[/\\]|%(?:[01][0-9A-Fa-f]|7[Ff]|2[Ff]|5[Cc])")


schemathesis.openapi.format("decimal", _DECIMALS.map(str))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Mend what is meant to be right."""
    headers = case.headers or {}
    means_well = case.meta is None or case.meta.generation.mode.is_positive
    key = str(headers.get("Idempotency-Key", ""))
    if key and (means_well or _KEY.fullmatch(key)):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if not means_well:
        return
    case.body = _whole(case.body)
    if case.query:
        case.query.pop("cursor", None)
    for values in (case.path_parameters, case.query):
        for name, value in (values or {}).items():
            if isinstance(value, str):
                values[name] = _UNNAMED.sub("", value) or "text"


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    return [_whole(part) for part in value] if isinstance(value, list) else value
