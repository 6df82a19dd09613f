"""Finds an issuer's keys by discovery; refuses metadata that speaks for another issuer or leads to a weaker scheme."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from kit.door.jwks import Fetch


class DiscoveryRefused(Exception):
    """The metadata cannot be followed; the message says why."""


def metadata_url(issuer: str) -> str:
    """Where an issuer describes itself (OpenID Connect Discovery 1.0 §4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def described(document: bytes, *, issuer: str) -> dict[str, Any]:
    """The metadata, once it is seen to be that issuer's own.

    Raises:
        DiscoveryRefused: it is another's, or its keys lie where anybody on the way could change them.

    """
    try:
        found = json.loads(document)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise DiscoveryRefused(f"the metadata at {metadata_url(issuer)} does not name that issuer")
    keys = found.get("jwks_uri")
    if not isinstance(keys, str) or urlsplit(keys).scheme not in {"https", urlsplit(issuer).scheme}:
        raise DiscoveryRefused(f"the metadata of {issuer} names no jwks_uri that can be trusted")
    return found


def by_discovery(fetch: Fetch, *, issuer: str) -> Fetch:
    """A fetch that asks the issuer where its keys are, each time, and then fetches them: so they may move."""

    async def fetch_keys(url: str) -> bytes:
        metadata = described(await fetch(url), issuer=issuer)
        return await fetch(str(metadata["jwks_uri"]))

    return fetch_keys
