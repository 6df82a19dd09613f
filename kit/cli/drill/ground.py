"""The ground of a drill: one vendor behind a wire that can be cut, its room in a system tier, and a typed caller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from kit import settings as plain
from kit.caller import Caller
from kit.cli.estate import developed, simulator
from kit.cli.real import is_real, real
from kit.clock import SystemClock
from kit.ports import connect
from kit.sandbox.cutting import Cutter, cutter
from kit.serving import serving
from kit.tier import Manifest, Settings, open_tier
from kit.tier.documents import contract_of
from kit.trust import Signer, new_key_pair

_CONNECTION = "drilled"
_PATIENCE_S = 60.0


@dataclass
class Ground:
    """`role` calls the room, whose every call to the vendor goes over `wire`."""

    role: Any
    wire: Cutter


@asynccontextmanager
async def ground(vendor: Manifest, role: str) -> AsyncIterator[Ground]:
    """A fresh vendor, simulated or real, until the block ends."""
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(cutter())
        config = await _stood_up(stack, vendor, wire)
        private, public = new_key_pair()
        tree = {
            "trust": {"public_keys": {"worker": public}},
            "connections": {_CONNECTION: {"vendor": vendor.name, **config}},
        }
        tier = open_tier("system", plain.decode(Settings, tree, section="settings"))
        url = await stack.enter_async_context(serving(tier.app))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=_PATIENCE_S))
        signer = Signer(issuer="worker", private_key_pem=private, clock=SystemClock())

        def authorize(scope: str) -> dict[str, str]:
            caller = Caller(subject="process:drill", scopes=frozenset({scope}))
            return {"Authorization": f"Bearer {signer.mint(audience='system', caller=caller)}"}

        prefix = f"/{_CONNECTION}/{role}"
        yield Ground(connect(contract_of("system", role), http, prefix=prefix, authorize=authorize), wire)


async def _stood_up(stack: AsyncExitStack, vendor: Manifest, wire: Cutter) -> dict[str, Any]:
    """Start the vendor behind the wire; settings of the room, which know no other way to it."""
    if is_real(vendor):
        found = await stack.enter_async_context(real(_CONNECTION, vendor))
        wire.target = found.url
        return {**found.config, "base_url": wire.url}
    app, sandbox = simulator(vendor, seed=7, latency_ms=0)
    wire.target = await stack.enter_async_context(serving(app))
    return developed(_CONNECTION, vendor, wire.url, sandbox).config
