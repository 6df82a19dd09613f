"""Both ends of a wire stood up as processes of their own, which end with the block that asked for them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from kit.caller import Caller
from kit.clock import SystemClock
from kit.ports import connect
from kit.tier import Manifest
from kit.tier.documents import contract_of
from kit.trust import Signer, new_key_pair
from load.vendors.allowances import lifted


@dataclass(frozen=True)
class Stood:
    """A vendor that stands: process ids of both ends, what it told of itself, and the settings of the tier."""

    tier_pid: int
    vendor_pid: int
    told: dict[str, Any]
    caller: Callable[[str], Any]
    settings: dict[str, Any]

    async def served(self) -> int:
        """How many calls the vendor has served so far, of the last five thousand."""
        async with httpx.AsyncClient(base_url=self.told["url"]) as http:
            return len((await http.get("/_sandbox/calls")).json())


@asynccontextmanager
async def stood(vendor: Manifest, folder: Path) -> AsyncIterator[Stood]:
    private, public = new_key_pair()
    signer = Signer(issuer="worker", private_key_pem=private, clock=SystemClock())

    def authorize(scope: str) -> dict[str, str]:
        caller = Caller(subject="process:bench", scopes=frozenset({scope}))
        return {"Authorization": f"Bearer {signer.mint(audience='system', caller=caller)}"}

    async with AsyncExitStack() as stack:
        allowed = lifted(vendor.name)
        more = json.dumps(allowed.seed)
        simulated, told = stack.enter_context(_process("vendor", vendor.name, str(folder), more))
        connection = {"vendor": vendor.name, **told["config"], **allowed.settings}
        tree = {"trust": {"public_keys": {"worker": public}}, "connections": {"bench": connection}}
        ours, at = stack.enter_context(_process("tier", settings=tree))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=at["url"], timeout=30))

        def caller(role: str) -> Any:
            contract: Any = contract_of("system", role)
            return connect(contract, http, prefix=f"/bench/{role}", authorize=authorize)

        yield Stood(ours.pid, simulated.pid, told, caller, tree)


@contextmanager
def _process(
    *words: str, settings: dict[str, Any] | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """One end of the wire; it ends as its input is closed."""
    command = [sys.executable, "-m", "load.vendors.stand", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("an end was started without a way to speak to it")
        if settings is not None:
            process.stdin.write(json.dumps(settings) + "\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(words[:2])} did not stand")
        try:
            yield process, json.loads(line)
        finally:
            process.stdin.close()
