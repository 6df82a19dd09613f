"""Lets a script steer a real browser over pages that are up; what it found comes back as JSON."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.node import chromium, node

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build"


async def walked(name: str, base: str, **more: Any) -> dict[str, Any]:
    """Run `<name>.mjs` against an address; pictures go to `build/<name>`."""
    chosen = node()
    folder = PICTURES / name
    folder.mkdir(parents=True, exist_ok=True)
    told = {"base": base, "chromium": chromium(), "folder": str(folder), **more}
    process = await asyncio.create_subprocess_exec(
        chosen.program,
        HERE / f"{name}.mjs",
        json.dumps(told),
        env=chosen.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert 0 == process.returncode, complained.decode()[-2_000:]
    found: dict[str, Any] = json.loads(said)
    return found
