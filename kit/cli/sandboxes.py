"""The outside of an estate: every vendor on its own port, simulated or real, and a development identity provider."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from kit.cli.estate import Estate, Simulated, developed, simulator
from kit.cli.real import is_real, real
from kit.clock import SystemClock
from kit.issuer import DevelopmentIssuer
from kit.serving import serving


@dataclass(frozen=True)
class Outside:
    """What stands around Sluice on this machine."""

    simulated: dict[str, Simulated]
    issuer: DevelopmentIssuer
    issuer_url: str

    @property
    def people(self) -> dict[str, str]:
        """A development token for everybody."""
        return {name: self.issuer.token_for(name) for name in (*self.issuer.people, *self.issuer.client_secrets)}

    def as_json(self) -> dict[str, Any]:
        """What another process needs to know of it; holds development secrets."""
        simulated = {
            name: {"url": found.url, "config": found.config, "person": found.person, "pid": found.pid}
            for name, found in self.simulated.items()
        }
        return {
            "url": self.issuer_url,
            "audience": self.issuer.audience,
            "people": self.people,
            "simulated": simulated,
        }


@asynccontextmanager
async def outside(estate: Estate, *, latency_ms: float = 0.0) -> AsyncIterator[Outside]:
    """Raise simulators, real systems and identity provider until the block ends."""
    async with AsyncExitStack() as stack:
        simulated: dict[str, Simulated] = {}
        for number, (connection, vendor) in enumerate(estate.vendors.items(), start=1):
            if is_real(vendor):
                simulated[connection] = await stack.enter_async_context(real(connection, vendor))
                continue
            app, sandbox = simulator(vendor, seed=number, latency_ms=latency_ms)
            url = await stack.enter_async_context(serving(app))
            simulated[connection] = developed(connection, vendor, url, sandbox)
        issuer = DevelopmentIssuer(clock=SystemClock(), development=True, tenant=str(estate.facts["tenant"]))
        issuer_url = await stack.enter_async_context(serving(issuer.app))
        issuer.url = issuer_url
        yield Outside(simulated, issuer, issuer_url)
