"""What attacks of the Top 10 have in common: somebody with a token at the door of the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.authz.ground import Ground
from tests.authz.matrix import CALLERS
from tests.authz.offered import every_scope

PUBLIC: Final = "https://8.8.8.8/hook"
"""An address that an endpoint may have; nobody is told anything there, because nothing happens."""
PARTNERS: Final = "/experience/partners"


_VERSION: Final = {"sluice-version": "2026-11-20"}


@dataclass(frozen=True)
class Attacker:
    """Somebody of ownership.toml, with every scope unless fewer are given."""

    house: Ground
    name: str
    scopes: tuple[str, ...] = ()
    claims: Mapping[str, Any] | None = None

    async def ask(self, method: str, path: str, body: Any = None, *, key: str = "k", **headers: str) -> httpx.Response:
        """One request; words in headers are joined by hyphens."""
        scopes = self.scopes or every_scope()
        token = CALLERS[self.name].headers(scopes, at="attack", **dict(self.claims or {}))
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = {**token, "idempotency-key": key, **_VERSION, **more}
        return await self.house.door.request(method, path, json=body, headers=fields)


def endpoint(url: str = PUBLIC, **more: Any) -> dict[str, Any]:
    """An endpoint as a partner asks for it."""
    return {"url": url, "event_types": ["invoice.posted"], **more}


async def added(partner: Attacker, *, key: str) -> dict[str, Any]:
    """An endpoint of a partner, with its secret."""
    answer = await partner.ask("POST", f"{PARTNERS}/webhook-endpoints", endpoint(), key=key)
    assert 200 == answer.status_code, answer.text
    made: dict[str, Any] = answer.json()
    return made
