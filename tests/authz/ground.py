"""The landscape of the matrix: estate atlantic behind a gateway that also trusts the issuer of these tests."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from kit import settings as plain
from kit.cli.deployable import application
from kit.cli.embedded import ORDER, described, gateway_section, new_store
from kit.cli.estate import estate, settings_tree
from kit.cli.landscape import Landscape
from kit.cli.sandboxes import outside
from kit.serving import serving
from kit.tier import Settings
from tests.authz.callers import publishing, trusted


@dataclass
class Ground:
    """What the matrix stands on; `ids` are the seeded objects by the name they have in ownership.toml."""

    landscape: Landscape
    door: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def raised() -> AsyncIterator[Ground]:
    """Everything up on free ports until the block ends, with no object yet."""
    chosen = estate("atlantic")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-authz-")))
        around = await stack.enter_async_context(outside(chosen))
        issuer = trusted(await stack.enter_async_context(serving(publishing)))
        tree = settings_tree(chosen, around.simulated, store_url=new_store(folder))
        door = gateway_section(around.issuer_url, around.issuer.audience, folder=folder)
        tree["gateway"] = {**door, "issuers": [*door["issuers"], issuer]}
        landscape = described(chosen, around)
        for deployable in ORDER:
            settings = plain.decode(Settings, tree, section="settings")
            url = await stack.enter_async_context(serving(application(deployable, settings, embedded=True)))
            landscape.addresses[deployable] = url
            if deployable != "gateway":
                tree["tiers"][deployable] = url
        client = httpx.AsyncClient(base_url=landscape.addresses["gateway"], timeout=30, trust_env=False)
        yield Ground(landscape, await stack.enter_async_context(client))
