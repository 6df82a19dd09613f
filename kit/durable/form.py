"""Whether the answers to an exception's form will do; refuses with a pointer to each that does not."""

from __future__ import annotations

import re

from contracts.canonical.casework import FixField
from contracts.problem import FieldError, Kind, Problem


def check_answers(form: list[FixField], values: dict[str, str]) -> None:
    """Accept answers that match the form.

    Raises:
        Problem: invalid, with every fault at once, pointers `/values/<name>`.

    """
    asked = {field.name: field for field in form}
    faults = [_fault(name, "unknown_field", "the form does not ask for this") for name in values if name not in asked]
    for name, field in asked.items():
        faults += _faults(field, values.get(name))
    if faults:
        raise Problem(Kind.INVALID, "answer_invalid", "some answers will not do", errors=tuple(faults))


def _faults(field: FixField, value: str | None) -> list[FieldError]:
    if value is None or not value.strip():
        return [_fault(field.name, "required", f"{field.label} is missing")]
    if field.choices and value not in field.choices:
        return [_fault(field.name, "not_a_choice", f"one of: {', '.join(field.choices)}")]
    if field.pattern and not re.fullmatch(field.pattern, value):
        return [_fault(field.name, "pattern", f"does not look like {field.pattern}")]
    return []


def _fault(name: str, code: str, detail: str) -> FieldError:
    escaped = name.replace("~", "~0").replace("/", "~1")
    return FieldError(pointer=f"/values/{escaped}", code=code, detail=detail)
