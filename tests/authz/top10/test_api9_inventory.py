"""API9:2023, improper inventory management: what is served is published, has an owner, and ends as announced."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from fnmatch import fnmatch
from typing import Any

import pytest

from kit import settings as plain
from kit.cli.estate import estate, keys
from kit.tier import Settings, open_tier
from kit.tier.documents import committed, newest
from tests.authz.ground import Ground
from tests.authz.offered import METHODS, ROUTES
from tests.authz.top10.attacking import PARTNERS, Attacker

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(353, 355)]
HOUSE = {("GET", "/health/live"), ("GET", "/health/ready"), ("GET", "/openapi.json")}


def served(tier: str) -> set[tuple[str, str]]:
    """Every route of a tier with all its rooms, pages left out: they are one group of the gateway's."""
    facts = estate("atlantic").facts
    tree = {
        "tiers": dict.fromkeys(("experience", "process", "system"), "http://tier.internal"),
        "trust": keys(),
        **{name: facts[name] for name in ("process_apis", "experience_apis")},
    }
    app: Any = open_tier(tier, plain.decode(Settings, tree, section="settings")).app
    routes = inspect.getclosurevars(app).nonlocals["app"].routes
    return {
        (method, re.sub(r"{(\w+):\w+}", r"{\1}", route.path))
        for route in routes
        for method in route.methods - {"OPTIONS", "HEAD"}
        if "/pages" not in route.path
    }


def published(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Every operation of a document."""
    return {(m.upper(), path) for path, item in document["paths"].items() for m in METHODS if m in item}


async def test_nothing_is_served_that_is_not_published() -> None:
    """Every route of both upper tiers stands in a document, and the other way round."""
    documents = committed()

    assert published(documents["process"]) | HOUSE == served("process")
    assert published(documents["experience"]) | published(newest("partners")) | HOUSE == served("experience")


async def test_every_document_is_offered_by_one_product_with_an_owner() -> None:
    """No document lies about that nobody offers, and none is offered twice; pages have an owner as well."""
    offers = Counter(
        name for name in committed() for each in ROUTES["product"] if any(fnmatch(name, d) for d in each["documents"])
    )

    assert set(committed()) == set(offers)
    assert {1} == set(offers.values())
    assert all(each["owner"] and each["audiences"] for each in ROUTES["product"])
    assert all(each["owner"] and each["scopes"] for each in ROUTES["pages"])


async def test_an_old_version_says_that_it_ends_and_an_unknown_one_is_none(house: Ground) -> None:
    """Deprecation and sunset stand in every answer of the old version; what never was is 400, never the newest."""
    partner = Attacker(house, "partner")
    at = f"{PARTNERS}/webhook-endpoints"
    old = await partner.ask("GET", at, sluice_version="2026-05-04")
    unknown = [
        (await partner.ask("GET", at, sluice_version=each)).status_code for each in ("2019-01-01", "latest", "v1")
    ]

    assert 200 == old.status_code
    assert {"deprecation", "sunset"} <= set(old.headers)
    assert [400] * 3 == unknown
