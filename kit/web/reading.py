"""Reads what people typed; refuses what is too short or too long beside its field, before anybody else is asked."""

from __future__ import annotations

from contracts.problem import FieldError, Kind, Problem
from kit.web import Form


def limited(form: Form, name: str, most: int) -> str:
    """A text of so many letters at most.

    Raises:
        Problem: invalid, with the field named.

    """
    text = form[name]
    if len(text) > most:
        raise refused(name, f"at most {most} letters, not {len(text)}")
    return text


def at_least(form: Form, name: str, least: int, most: int) -> str:
    """A text that says something.

    Raises:
        Problem: invalid, with the field named.

    """
    text = limited(form, name, most)
    if len(text) < least:
        raise refused(name, "say it in words" if least > 1 else "there is nothing to say")
    return text


def refused(name: str, detail: str) -> Problem:
    """A fault of one field."""
    error = FieldError(pointer=f"/{name}", code="refused", detail=detail)
    return Problem(Kind.INVALID, "form_refused", "look at the marked field", errors=(error,))
