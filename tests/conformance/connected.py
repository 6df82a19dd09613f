"""Any vendor room behind its role: simulator or real system, settings, system tier and typed caller, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import httpx
import pytest

from contracts.problem import Kind, Problem
from kit import settings as plain
from kit.caller import Caller
from kit.cli.estate import Simulated, developed, simulator
from kit.cli.real import is_real
from kit.cli.story import play, script
from kit.clock import SystemClock
from kit.ports import connect
from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from kit.tier import Manifest, Settings, manifests, open_tier
from kit.tier.documents import contract_of
from kit.trust import Signer, new_key_pair
from tests.conformance.carrier import carrier


@dataclass
class Connected:
    """One connection under test. `role` is its typed caller; `sandbox` steers the vendor's side."""

    role: Any
    sandbox: Sandbox
    vendor: Manifest
    simulated: Simulated

    async def play(self, name: str) -> dict[str, dict[str, Any]]:
        """Let a person enter records at the vendor's own screen."""
        steps = script(self.vendor.path / "fixtures" / name)
        return await play(steps, base_url=self.simulated.url, headers=self.simulated.person)

    def skip_if_lacking(self, operation: str) -> None:
        """Leave out what the manifest declares as lacking, and nothing else."""
        if operation in self.vendor.facts["lacks"]:
            pytest.skip(f"{self.vendor.name} declares that it lacks {operation}")


_REAL = (pytest.mark.real_system, pytest.mark.timeout(300))
IN_DOUBT = {None, Kind.UNAVAILABLE, Kind.UNKNOWN_OUTCOME, Kind.TIMEOUT}


async def kind_of(call: Awaitable[object]) -> Kind | None:
    """With which kind of problem a call ended; None when it ended well."""
    try:
        await call
    except Problem as problem:
        return problem.kind
    return None


def serving_role(role: str) -> list[Any]:
    """Every vendor whose manifest says that it serves the role; real systems are marked, for they take their time."""
    serving = [manifest for manifest in manifests("system").values() if role in manifest.roles]
    return [pytest.param(vendor.name, marks=_REAL if is_real(vendor) else ()) for vendor in serving]


@asynccontextmanager
async def connected(vendor: str, role: str) -> AsyncIterator[Connected]:
    """Open one vendor room as the system tier would."""
    manifest = manifests("system")[vendor]
    private, public = new_key_pair()
    async with AsyncExitStack() as stack:
        simulated, sandbox = await stack.enter_async_context(_stood_up(manifest))
        tree = {
            "trust": {"public_keys": {"worker": public}},
            "connections": {"under-test": {"vendor": vendor, **simulated.config}},
        }
        tier = open_tier("system", plain.decode(Settings, tree, section="settings"))
        url = await stack.enter_async_context(serving(tier.app))
        signer = Signer(issuer="worker", private_key_pem=private, clock=SystemClock())
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))

        def authorize(scope: str) -> dict[str, str]:
            caller = Caller(subject="process:conformance", scopes=frozenset({scope}))
            return {"Authorization": f"Bearer {signer.mint(audience='system', caller=caller)}"}

        caller: Any = connect(contract_of("system", role), http, prefix=f"/under-test/{role}", authorize=authorize)
        yield Connected(caller, sandbox, manifest, simulated)


@asynccontextmanager
async def _stood_up(manifest: Manifest) -> AsyncIterator[tuple[Simulated, Sandbox]]:
    """The vendor's side: a simulator; or the real system of `tests/<vendor>.py`, with a sandbox laid around it."""
    if not is_real(manifest):
        app, sandbox = simulator(manifest, seed=7, latency_ms=0)
        async with serving(app) as url:
            yield developed("under-test", manifest, url, sandbox), sandbox
        return
    system, sandbox = import_module(f"tests.{manifest.name}").fresh(), Sandbox(seed=7)
    async with carrier(system.url) as carried, serving(sandboxed(carried, sandbox)) as url:
        yield Simulated("under-test", manifest, url, {**system.config, "base_url": url}), sandbox
