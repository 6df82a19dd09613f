"""Every published document held against the running house by Schemathesis, which others wrote: all checks.

Every operation gets what its document shows, every border of every member, and some invented examples besides: eight,
or with `SLUICE_PROPERTIES=long` a hundred.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio

from kit.cli.embedded import embedded
from kit.cli.estate import estate
from tests.real_clients.conftest import interpreter

LONG: Final = os.environ.get("SLUICE_PROPERTIES") == "long"
EXAMPLES = "100" if LONG else "8"
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door() -> AsyncIterator[tuple[str, str]]:
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


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.slow
@pytest.mark.req(4)
@pytest.mark.timeout(0 if LONG else 300)
@pytest.mark.parametrize("name", ["experience", "partners", "process", "system"])
async def test_a_document_promises_what_the_house_does(door: tuple[str, str], tmp_path: Path, name: str) -> None:
    """Examples for each operation, good and bad: none fails a check."""
    program = (await asyncio.to_thread(interpreter, "schemathesis")).with_name("schemathesis")
    gateway, token = door
    path, prefix, version = await _document(gateway, name, tmp_path)
    process = await asyncio.create_subprocess_exec(
        program,
        *("run", path, "--url", gateway + prefix, "--checks", "all", "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", EXAMPLES, "--seed", "20261120", "--continue-on-failure", "--no-color", "--warnings", "off"),
        *("--header", f"Sluice-Version: {version}", "--header", f"Authorization: Bearer {token}"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
    )
    said, _ = await process.communicate()
    assert 0 == process.returncode, said.decode()[-30_000:]
