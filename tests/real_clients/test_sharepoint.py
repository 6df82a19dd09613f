"""Microsoft's own SDK for Graph, and its way to a token, work on the simulated site as on a real one."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.sharepoint.fingerprint import quick_xor_hash
from system_apis.sharepoint.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(46, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "sharepoint_person.py"
DEADLINE_S = 90


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, Any], Sandbox]]:
    """A site over TLS, whose content lies at another host than Graph, as it does in the world."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    sandbox = Sandbox()
    app = sandboxed(build(sandbox), sandbox)
    async with serving(app, ssl_certfile=str(tmp_path / "server.pem")) as address:
        landscape = develop(address)
        sandbox.seed({**landscape["seed"], "content_url": address.replace("127.0.0.1", "localhost")})
        yield address, landscape["config"], sandbox


async def test_a_project_office_works_through_the_vendors_own_sdk(
    site: tuple[str, dict[str, Any], Sandbox], client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    """Paths, columns, pages, pieces, delta, grants and batches hold; refusals are understood."""
    address, config, sandbox = site
    python = await asyncio.to_thread(client_python, "sharepoint")
    told = await _run(python, address, config, authority=tmp_path / "authority.pem")

    assert ["Project documents"] == told["drives"]
    assert {
        "hash": quick_xor_hash(b"%PDF-1.7 signed"),
        "media": "application/pdf",
        "found": [["SOW #7.pdf", "sow-7"]],
        "content": "%PDF-1.7 signed",
    } == told["filed"]
    assert ["0.txt", "1.txt", "2.txt", "3.txt", "SOW #7.pdf"] == told["paged"]
    expected = [f"{320 * 1024 * number}-{256 * 4000 - 1}" for number in range(1, 4)]
    assert {"size": 256 * 4000, "expected": [*expected, "none"], "same": True} == told["uploaded"]
    assert {"stands": 200, "gone": 404} == told["batched"]
    assert {"before": 3, "after": [[config["groups"]["delivery"], ["write"]]]} == told["shared"]
    assert {"whole": 8, "gone": [True]} == told["changed"]
    assert {
        "twice": [409, "nameAlreadyExists"],
        "name": [400, "invalidRequest"],
        "absent": [404, "itemNotFound"],
        "secret": "True",
    } == told["refused"]
    assert 0 == sandbox.dump()["sessions"]


async def _run(python: Path, address: str, config: dict[str, Any], *, authority: Path) -> dict[str, Any]:
    given = {
        "address": address,
        "tenant": config["tenant_id"],
        "client_id": config["client_id"],
        "client_secret": config["client_secret"],
        "group": config["groups"]["delivery"],
    }
    trusted = {"REQUESTS_CA_BUNDLE": str(authority), "SSL_CERT_FILE": str(authority), "NO_PROXY": "*"}
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPT), json.dumps(given)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **trusted},
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told
