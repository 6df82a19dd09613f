"""How a published document is held against the running house by Schemathesis, which others wrote: all checks.

Every operation gets what its document shows and some invented examples, three, or with `SLUICE_PROPERTIES=long` a
hundred. Every border of every member is tried of what is promised to partners, whose programs nobody here mends; of the
other documents only when it may take long.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from kit.cli.embedded import embedded
from kit.cli.estate import estate
from tests.real_clients.conftest import interpreter

LONG: Final = os.environ.get("SLUICE_PROPERTIES") == "long"
EXAMPLES = "100" if LONG else "3"
PERSON = "platform-admin"
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
# A write that must say what it saw is refused with 428 when it does not (RFC 6585 §3), which the tool does not expect.
SETTINGS = """
[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "406", "415", "422", "428"]

# Whether the ranges of a price list have gaps and overlaps no schema can say.
[[operations]]
include-name = "PUT /time_to_bill/agreements/{project_id}"

[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429"]
"""


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[str, str]]:
    """The door of a whole estate, its limits out of the way: address and token. One stands for all documents."""
    async with embedded(estate("atlantic")) as landscape:
        gateway, token = landscape.addresses["gateway"], landscape.people[PERSON]
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=gateway, trust_env=False, headers=headers, timeout=30) as client:
            routes = (await client.get("/_gateway/routes")).text
            lines = ['limits = "1000000/minute"' if line.startswith("limits") else line for line in routes.splitlines()]
            assert 200 == (await client.post("/_gateway/apply", content="\n".join(lines))).status_code
        yield gateway, token


async def _document(gateway: str, name: str, folder: Path) -> tuple[Path, str, str]:
    async with httpx.AsyncClient(base_url=gateway, trust_env=False) as client:
        document = (await client.get(f"/_gateway/openapi/{name}.json")).json()
    for schema in document["components"]["schemas"].values():
        if "properties" in schema and "allOf" not in schema:
            schema.setdefault("additionalProperties", False)  # as the door reads it: unknown members are refused
    (folder / "schemathesis.toml").write_text(SETTINGS)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document))
    return path, document["servers"][0]["url"], document["info"]["version"]


async def faults(door: tuple[str, str], folder: Path, name: str, *, borders: bool) -> str:
    """What the tool found; empty when no check failed. `borders`: whether every border of every member is tried."""
    gateway, token = door
    program = (await asyncio.to_thread(interpreter, "schemathesis")).with_name("schemathesis")
    path, prefix, version = await _document(gateway, name, folder)
    phases = "examples,coverage,fuzzing" if borders or LONG else "examples,fuzzing"
    process = await asyncio.create_subprocess_exec(
        program,
        *("run", path, "--url", gateway + prefix, "--checks", "all", "--phases", phases),
        *("--max-examples", EXAMPLES, "--seed", "20261120", "--continue-on-failure", "--no-color", "--warnings", "off"),
        *("--header", f"Sluice-Version: {version}", "--header", f"Authorization: Bearer {token}"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
    )
    said, _ = await process.communicate()
    return "" if process.returncode == 0 else said.decode()[-30_000:]
