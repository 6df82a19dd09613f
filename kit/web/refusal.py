"""What a person sees when the door itself refuses: the same frame, without the pages it did not reach."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment

from contracts.problem import Problem
from kit.web.environment import environment


def refusal_page(problem: Problem, *, back: str) -> str:
    """A page about a refusal; `back` is where its reader may begin again."""
    return _templates().get_template("stopped.html").render(problem=problem, back=back)


@cache
def _templates() -> Environment:
    return environment(values=_nobody())


def _nobody() -> dict[str, Any]:
    return {"site": None, "offered": [], "told": "", "here": ""}
