"""What answers without a login: found by asking every path there is, held against the reasons, and committed."""

from __future__ import annotations

import inspect
import os
import re
import tomllib
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from msgspec import convert

import gateway
from gateway.office import PREFIX
from kit import settings as plain
from kit.cli.estate import estate
from kit.clock import SystemClock
from kit.issuer import DevelopmentIssuer
from kit.sandbox import Sandbox, sandboxed
from kit.settings import decode_hook
from kit.tier import Settings, open_tier
from kit.tier.documents import committed
from kit.trust import Signer, new_key_pair
from tests.authz.offered import every_operation
from tests.gateway.tokens import AUDIENCE, ISSUER

CENSUS: Final = Path(__file__).with_name("open_endpoints.txt")
REASONS: Final = tomllib.loads(Path(__file__).with_name("open_endpoints.toml").read_text(encoding="utf-8"))
REWRITE: Final = "run: pytest tests/census --update-census"
KNOWN: Final = {
    "{name:str}": {"/static": "web.css", "/portal/operations": "experience.approvals_queue", "": "abc"},
    "{product:str}": {"": "experience"},
    "{audience:str}": {"": "staff"},
    "{version:str}": {"": "latest"},
    "{prefix:str}": {"": "abc"},
}
"""What stands in for the parameters of the portal's paths, so that each is asked for something that there is."""
_PRIVATE, _ = new_key_pair()


@pytest.mark.req(300)
async def test_the_census_of_open_endpoints_is_current(*, update_census: bool) -> None:
    """Every path that answers without a login stands in the list, with its reason; none stands there for nothing."""
    found = {part: sorted(await _open(part)) for part in REASONS}
    computed = census(found)
    if update_census:
        CENSUS.write_text(computed)

    assert {part: sorted(reasons) for part, reasons in REASONS.items()} == found
    assert computed == CENSUS.read_text(), REWRITE


def census(found: dict[str, list[str]]) -> str:
    """Each part with what is open in it, and why."""
    lines = [f"# paths that answer without a login: {sum(map(len, found.values()))}; computed, {REWRITE}"]
    for part, paths in found.items():
        lines += [part, *(f"    {path}: {REASONS[part].get(path, 'NO REASON GIVEN')}" for path in paths)]
    return "\n".join(lines) + "\n"


async def _open(part: str) -> list[str]:
    """The paths of one part that answer."""
    asked = {"gateway": _gateway, "portal": _portal, "tiers": _tiers, "development only": _development}[part]
    return sorted({path async for path in asked()})


async def _gateway() -> AsyncIterator[str]:
    door = _door()
    own = [path for path in _routes(_beside(door)) if not path[1].startswith("/portal")]
    names = ["health", "status", "facts", "routes", "usage", "apply", "reload"]
    office = [(method, f"{PREFIX.decode()}{name}") for name in names for method in ("GET", "POST")]
    documents = [("GET", f"{PREFIX.decode()}openapi/{name}.json") for name in committed()]
    operations = [(each.method, each.product["prefix"] + each.path) for each in every_operation()]
    pages = [(method, "/tower/cases") for method in ("GET", "POST")]
    async for method, path in _answering(door, [*own, *office, *documents, *operations, *pages]):
        yield f"{method} {re.sub(r'openapi/[^/]+[.]json', 'openapi/{document}.json', path)}"


async def _portal() -> AsyncIterator[str]:
    door = _door()
    async for method, path in _answering(door, [each for each in _routes(_beside(door)) if "/portal" in each[1]]):
        yield f"{method} {path}"


async def _tiers() -> AsyncIterator[str]:
    for name in ("experience", "process", "system"):
        app: Any = open_tier(name, _settings()).app
        routes = list(_routes(inspect.getclosurevars(app).nonlocals["app"]))
        assert len(routes) > 10, "a tier of which nothing was found would prove nothing"
        async for method, path in _answering(app, routes):
            yield f"{method} {path}"


async def _development() -> AsyncIterator[str]:
    issuer = DevelopmentIssuer(clock=SystemClock(), development=True, url="http://issuer.internal")
    paths = [("GET", "/.well-known/openid-configuration"), ("GET", "/jwks"), ("POST", "/token")]
    async for method, path in _answering(issuer.app, paths, content="person=olivia.ops"):
        yield f"{method} {path}"
    async for _, _ in _answering(sandboxed(issuer.app, Sandbox(seed=1)), [("GET", "/_sandbox/state")]):
        yield "ANY /_sandbox/*"


async def _answering(app: Any, paths: Iterable[tuple[str, str]], **body: Any) -> AsyncIterator[tuple[str, str]]:
    """The paths that give something to somebody without a login; being sent away to sign in gives nothing."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://door.internal") as client:
        for method, path in paths:
            answer = await client.request(method, _filled(path), **body)
            if answer.is_success:
                yield method, path


def _routes(app: Any) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        for method in sorted(route.methods - {"OPTIONS", "HEAD"}):
            yield method, route.path


def _filled(path: str) -> str:
    for parameter, values in KNOWN.items():
        if parameter in path:
            value = next(value for start, value in values.items() if path.startswith(start))
            path = path.replace(parameter, value)
    return re.sub(r"{[^}]*}", "abc", path)


def _beside(door: Any) -> Any:
    return vars(door.aside)["_app"]


def _door() -> Any:
    config = {
        "decision_log": os.devnull,
        "issuers": [{"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": "http://issuer.internal/jwks"}],
        "upstreams": {tier: f"http://{tier}.internal" for tier in ("experience", "process", "system")},
    }
    clock = SystemClock()
    signer = Signer(issuer="gateway", private_key_pem=_PRIVATE, clock=clock)
    made = convert(config, gateway.Config, dec_hook=decode_hook)
    return gateway.build(made, signer=signer, clock=clock, documents=committed())


def _settings() -> Settings:
    facts = estate("atlantic").facts
    pairs = {name: new_key_pair() for name in ("gateway", "experience", "process", "worker")}
    tree = {
        "tiers": {"experience": "http://e", "process": "http://p", "system": "http://s"},
        "trust": {
            "private_keys": {name: private for name, (private, _) in pairs.items()},
            "public_keys": {name: public for name, (_, public) in pairs.items()},
        },
        "connections": {
            "psa-main": {"vendor": "kantata", "base_url": "http://v.internal", "token": "t", "approver_ids": ["1"]}
        },
        "process_apis": {name: facts["process_apis"][name] for name in ("casework", "webhooks")},
        "experience_apis": facts["experience_apis"],
    }
    return plain.decode(Settings, tree, section="settings")
