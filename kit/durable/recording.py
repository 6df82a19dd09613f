"""What the journal may hold: JSON and nothing else; a failure is remembered as the problem it was.

Machines give the first run what a replay would be given, so that a crash never makes a road take another turn.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from contracts.problem import Kind, Problem, ProblemDetails

_PROBLEM: Final = "$problem"


def encoded(value: Any) -> str:
    """A value, or a failure, as the journal's text."""
    if isinstance(value, BaseException):
        value = {_PROBLEM: problem_of(value).details()}
    return msgspec.json.encode(value).decode()


def decoded(text: str) -> Any:
    """Plain JSON values, or the Problem that stood for a failure (returned, not raised)."""
    value = msgspec.json.decode(text)
    if isinstance(value, dict) and value.keys() == {_PROBLEM}:
        return Problem.of(msgspec.convert(value[_PROBLEM], ProblemDetails))
    return value


def problem_of(failure: BaseException) -> Problem:
    """A failure in our words; class names of libraries must not decide branches."""
    if isinstance(failure, Problem):
        return failure
    return Problem(Kind.UNEXPECTED, "step_failed", f"{type(failure).__name__}: {failure}")
