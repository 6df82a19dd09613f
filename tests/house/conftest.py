"""The tree as git knows it."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tracked() -> list[str]:
    """Every path that git keeps and that is still there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    return sorted(path for path in listed if path and (ROOT / path).is_file())


@pytest.fixture(scope="session")
def modules(tracked: list[str]) -> dict[str, ast.Module]:
    """Every Python file of the house, parsed."""
    return {
        path: ast.parse((ROOT / path).read_text())
        for path in tracked
        if path.endswith(".py") and "/fixtures/" not in path
    }
