"""The landscape of the matrix: estate atlantic behind a gateway that also trusts the issuer of these tests."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import httpx

from kit import settings as plain
from kit.cli.deployable import application
from kit.cli.embedded import ORDER, described, gateway_section, new_store
from kit.cli.estate import Estate, estate, settings_tree
from kit.cli.landscape import Landscape
from kit.cli.sandboxes import outside
from kit.serving import serving
from kit.tier import Settings
from tests.authz.asking import App
from tests.authz.callers import publishing, trusted

_NOWHERE: Final = "http://127.0.0.1:9"


@dataclass
class Ground:
    """What the matrix stands on; `ids` are the seeded objects by the name they have in ownership.toml.

    `door` comes to the gateway over a socket, `app` is the gateway itself.
    """

    landscape: Landscape
    door: httpx.AsyncClient
    app: App
    ids: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def raised() -> AsyncIterator[Ground]:
    """Everything up on free ports until the block ends, with no object yet."""
    async with _raised(estate("atlantic"), ORDER) as ground:
        yield ground


@asynccontextmanager
async def without_systems() -> AsyncIterator[Ground]:
    """The same house without anything below its processes, which is soon up: for attacks that get no further.

    Partners are told at public addresses only, as in production.
    """
    facts = estate("atlantic").facts
    wanted = {name: facts["process_apis"][name] for name in ("casework", "engagements", "master_data", "webhooks")}
    rooms = {**wanted, "webhooks": {**wanted["webhooks"], "loopback": False}}
    bare = {**facts, "connections": {}, "process_apis": rooms}
    async with _raised(replace(estate("atlantic"), facts=bare), ("process", "experience", "gateway")) as ground:
        yield ground


@asynccontextmanager
async def _raised(chosen: Estate, order: tuple[str, ...]) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-authz-")))
        around = await stack.enter_async_context(outside(chosen))
        issuer = trusted(await stack.enter_async_context(serving(publishing)))
        tree = settings_tree(chosen, around.simulated, store_url=new_store(folder))
        door = gateway_section(around.issuer_url, around.issuer.audience, folder=folder)
        tree["gateway"] = {**door, "issuers": [*door["issuers"], issuer]}
        landscape = described(chosen, around)
        tree["tiers"]["system"] = _NOWHERE
        app: App | None = None
        for deployable in order:
            settings = plain.decode(Settings, tree, section="settings")
            app = application(deployable, settings, embedded=True)
            url = await stack.enter_async_context(serving(app))
            landscape.addresses[deployable] = url
            if deployable != "gateway":
                tree["tiers"][deployable] = url
        client = httpx.AsyncClient(base_url=landscape.addresses["gateway"], timeout=30, trust_env=False)
        if app is None:
            raise ValueError("a house without a deployable has no door")
        yield Ground(landscape, await stack.enter_async_context(client), app)
