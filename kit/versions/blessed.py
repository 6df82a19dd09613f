"""The documents callers already hold: those of the commit compared with; refuses to guess when there is no history."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any, Final

from kit.versions.diff import Break, breaking

MAIN: Final = "main"


def blessed(folder: Path, *, against: str = "") -> dict[str, dict[str, Any]]:
    """The committed documents by name, as they stood at a commit.

    Unless one is named: on the main branch the last commit, elsewhere where the branch left main. Without a
    repository (in an image, say) there is nothing to compare with.
    """
    git = which("git")
    if git is None or _asked(git, folder, "rev-parse", "--is-inside-work-tree") != "true":
        return {}
    commit = against or _base(git, folder)
    listed = _asked(git, folder, "ls-tree", "--name-only", commit, "./") or ""
    names = [Path(name).name for name in listed.splitlines() if name.endswith(".json")]
    found = {name.removesuffix(".json"): _asked(git, folder, "show", f"{commit}:./{name}") for name in names}
    return {name: json.loads(text) for name, text in found.items() if text}


def breaks(earlier: Mapping[str, Mapping[str, Any]], later: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Break]]:
    """What each document takes away; one that is gone is no break here: the door refuses to drop what is used."""
    compared = {name: breaking(document, later[name]) for name, document in earlier.items() if name in later}
    return {name: found for name, found in compared.items() if found}


def _base(git: str, folder: Path) -> str:
    if _asked(git, folder, "rev-parse", "--abbrev-ref", "HEAD") == MAIN:
        return "HEAD"
    return _asked(git, folder, "merge-base", "HEAD", MAIN) or "HEAD"


def _asked(git: str, folder: Path, *words: str) -> str | None:
    done = subprocess.run(  # noqa: S603 - git with words of our own
        [git, "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
