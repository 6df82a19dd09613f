"""Plays a script of vendor calls as a person at the vendor's own screen would make them.

A step is `{"method", "path", "body", "save"}`; `${name.field}` in path and body stands for a field of an
earlier saved answer. The script lies in the vendor's room and speaks the vendor's dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

_SAVED: Final = re.compile(r"\$\{(\w+)\.(\w+)\}")


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
            content = _filled(json.dumps(step["body"]), known) if "body" in step else None
            path = _filled(step["path"], known)
            typed = {"Content-Type": "application/json"} if content else {}
            answer = await http.request(step["method"], path, content=content, headers=typed)
            if answer.is_error:
                raise RuntimeError(f"{step['method']} {path} was refused: {answer.status_code} {answer.text[:300]}")
            if "save" in step:
                known[step["save"]] = answer.json()
    return known


def _filled(text: str, saved: Mapping[str, Mapping[str, Any]]) -> str:
    return _SAVED.sub(lambda found: str(saved[found.group(1)][found.group(2)]), text)
