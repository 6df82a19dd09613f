"""A whole estate in one process, on real ports: `sluice up`, and the ground of the demonstration."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from kit import settings as plain
from kit.cli.deployable import application
from kit.cli.estate import Estate, settings_tree
from kit.cli.landscape import Landscape
from kit.cli.sandboxes import Outside, outside
from kit.issuer import PEOPLE
from kit.serving import serving
from kit.tier import Settings
from kit.tier.documents import FOLDER

ORDER = ("system", "process", "experience", "gateway")


@asynccontextmanager
async def embedded(estate: Estate, *, store_url: str = "", latency_ms: float = 0.0) -> AsyncIterator[Landscape]:
    """Raise everything until the block ends; a new SQLite file is the store unless another is named."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-"))
        around = await stack.enter_async_context(outside(estate, latency_ms=latency_ms))
        tree = settings_tree(estate, around.simulated, store_url=store_url or new_store(Path(folder)))
        tree["gateway"] = gateway_section(around.issuer_url, around.issuer.audience, folder=Path(folder))
        landscape = described(estate, around)
        for deployable in ORDER:
            settings = plain.decode(Settings, tree, section="settings")
            app = application(deployable, settings, embedded=True)
            url = await stack.enter_async_context(serving(app))
            landscape.addresses[deployable] = url
            if deployable != "gateway":
                tree["tiers"][deployable] = url
        landscape.startup_s = time.monotonic() - began
        yield landscape


def new_store(folder: Path) -> str:
    """The URL of a store that does not exist yet."""
    return f"sqlite:///{folder / 'sluice.db'}"


def gateway_section(issuer_url: str, audience: str, *, folder: Path) -> dict[str, Any]:
    """The gateway trusts the development issuer, and nobody else."""
    return {
        "documents": str(FOLDER),
        "portal": {
            "sandbox": "self",
            "development_issuer": issuer_url,
            "people": [person.subject for person in PEOPLE],
        },
        "decision_log": str(folder / "decisions.jsonl"),
        "issuers": [
            {
                "issuer": issuer_url,
                "audience": audience,
                "jwks_url": f"{issuer_url}/jwks",
                "algorithms": ["RS256"],
            }
        ],
    }


def described(estate: Estate, around: Outside) -> Landscape:
    """The map as far as it is known before our own deployables stand."""
    return Landscape(
        estate,
        addresses={"identity provider": around.issuer_url},
        vendors={name: found.url for name, found in around.simulated.items()},
        people=around.people,
        persons={name: found.person for name, found in around.simulated.items()},
        pids={name: found.pid for name, found in around.simulated.items() if found.pid},
    )
