"""`sluice check`: every static rule of the house, in the order of their speed; all run, each result is printed."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

_BIN: Final = Path(sys.executable).parent
_GATES: Final[dict[str, list[str]]] = {
    "lint": [str(_BIN / "ruff"), "check", "--quiet", "."],
    "format": [str(_BIN / "ruff"), "format", "--check", "--quiet", "."],
    "imports": [str(_BIN / "lint-imports"), "--no-logo"],
    "openapi": [sys.executable, "-m", "kit.cli.main", "openapi", "--check"],
    "house and census": [sys.executable, "-m", "pytest", "-q", "--no-header", "tests/house", "tests/census"],
    "manifests": [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "tests/k8s/test_manifests.py",
        "-k",
        "every_rule",
    ],
    "types": [str(_BIN / "mypy")],
}


def run(arguments: argparse.Namespace) -> int:
    """Run the gates; 1 when one refuses."""
    del arguments
    refused = []
    for name, command in _GATES.items():
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the commands are ours
        verdict = "ok" if done.returncode == 0 else "REFUSED"
        print(f"{name:<18} {verdict:<8} {time.monotonic() - began:5.1f} s", flush=True)
        if done.returncode:
            refused.append(name)
            print(done.stdout + done.stderr)
    if refused:
        print(f"refused by: {', '.join(refused)}")
    return 1 if refused else 0
