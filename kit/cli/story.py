"""Plays a script of vendor calls as a person at the vendor's own screen would make them.

A step is `{"method", "path", "body", "save", "id"}`; `${name.field}` in path and body stands for a field of an
earlier saved answer. `id` names the field of the answer that is the record's id, where the vendor calls it otherwise;
it is then saved as `id` too. A longer path, `id` or not, goes on into an answer; `*` and lists give every value, each
once: inside quotes they become several strings, and of several ids the first is taken. `"each": {"who": [{…}, …],
"day": {"from": 1, "to": 5}}` makes a step, or the steps of `"do"`, once for every combination, with `${who.field}` and
`${day.n}`. The script lies in the vendor's room and speaks the vendor's dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

import httpx

_SAVED: Final = re.compile(r"\$\{(\w+)((?:\.(?:\w+|\*))+)\}")


def script(path: Path) -> list[dict[str, Any]]:
    """Read a script."""
    steps: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return steps


async def play(
    steps: list[dict[str, Any]],
    *,
    base_url: str,
    headers: Mapping[str, str],
    saved: Mapping[str, dict[str, Any]] | None = None,
) -> dict[str, dict[str, Any]]:
    """Make every call in order; gives the saved answers by name, with those of earlier scripts of the story.

    Raises:
        RuntimeError: the vendor refused a step.

    """
    known = dict(saved or {})
    async with httpx.AsyncClient(base_url=base_url, headers=dict(headers), timeout=30) as http:
        for step in steps:
            await _play(http, step, known)
    return known


async def _play(http: httpx.AsyncClient, step: Mapping[str, Any], known: dict[str, dict[str, Any]]) -> None:
    if "each" in step:
        names = list(step["each"])
        once = {name: value for name, value in step.items() if name != "each"}
        for combination in product(*(_values(each) for each in step["each"].values())):
            known.update(zip(names, combination, strict=True))
            for inner in once.get("do", [once]):
                await _play(http, inner, known)
        return
    content = filled(json.dumps(step["body"]), known) if "body" in step else None
    path = filled(step["path"], known)
    typed = {"Content-Type": "application/json"} if content else {}
    answer = await http.request(step["method"], path, content=content, headers=typed)
    if answer.is_error:
        raise RuntimeError(f"{step['method']} {path} was refused: {answer.status_code} {answer.text[:300]}")
    if "save" in step:
        told = answer.json()
        known[step["save"]] = {**told, "id": found_at(told, step["id"])[0]} if "id" in step else told


def _values(each: Any) -> list[dict[str, Any]]:
    if isinstance(each, dict):
        return [{"n": number} for number in range(each["from"], each["to"] + 1)]
    return list(each)


def filled(text: str, saved: Mapping[str, Mapping[str, Any]]) -> str:
    """A text with what was saved in place of every `${name.field}`."""

    def value(found: re.Match[str]) -> str:
        values = found_at(saved[found.group(1)], found.group(2)[1:])
        return '","'.join(dict.fromkeys(str(each) for each in values))

    return _SAVED.sub(value, text)


def found_at(told: Any, path: str) -> list[Any]:
    """Everything that stands in an answer under a path; of a list, what stands in each of its items."""
    values = [told]
    for name in path.split("."):
        values = [inner for outer in values for inner in _inside(outer, name)]
    return values


def _inside(outer: Any, name: str) -> list[Any]:
    """What stands under a name: of every item, where it is a list; every value, where the name is `*`."""
    if isinstance(outer, list):
        return [inner for item in outer for inner in _inside(item, name)]
    return list(outer.values()) if name == "*" else [outer[name]]
