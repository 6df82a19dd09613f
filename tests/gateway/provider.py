"""Runs an OpenID provider that others wrote, in a process of its own, and signs in to it as a person would."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from kit.serving import free_socket
from tests.node import node

SCRIPT = Path(__file__).with_name("idp.mjs")
REDIRECT = "http://127.0.0.1/portal/signin/callback"
_FORM = re.compile(r'<form[^>]*action="([^"]+)"(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


def private_jwk(kid: str) -> dict[str, Any]:
    """A fresh signing key as the provider wants it."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": "RS256"}


@dataclass
class Provider:
    """The running provider."""

    issuer: str
    process: asyncio.subprocess.Process

    async def keys(self, *keys: dict[str, Any]) -> None:
        """Sign with the first of these from now on, and publish all of them."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(keys).encode() + b"\n")
        await self.process.stdin.drain()
        await self.ready()

    async def ready(self) -> None:
        """Wait until it says so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            assert b"ready\n" == await self.process.stdout.readline()

    async def machine_token(self, **form: str) -> str:
        """Client credentials."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                f"{self.issuer}/token",
                data={"grant_type": "client_credentials", "scope": "orders:read", **form},
                auth=("machine", "a secret of the tests"),
            )
        assert 200 == answer.status_code, answer.text
        return str(answer.json()["access_token"])

    async def end(self) -> None:
        """Stop answering."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def provider(*keys: dict[str, Any], redirect: str = REDIRECT) -> AsyncIterator[Provider]:
    """A provider on a free port until the block ends."""
    chosen = await asyncio.to_thread(node)
    with free_socket() as held:
        port = held.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        chosen.program,
        SCRIPT,
        json.dumps({"port": port, "redirect": redirect, "keys": keys}),
        env=chosen.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    running = Provider(f"http://127.0.0.1:{port}", process)
    try:
        await running.ready()
        yield running
    finally:
        await running.end()


async def signed_in(client: httpx.AsyncClient, address: str, *, person: str, until: str) -> str:
    """Follow the provider's pages from `address`, as `person`, until it sends back to `until`; gives that address."""
    for _ in range(20):
        answer = await client.get(address)
        while answer.is_redirect:
            address = urljoin(str(answer.url), answer.headers["location"])
            if address.startswith(until):
                return address
            answer = await client.get(address)
        assert 200 == answer.status_code, answer.text
        form = _FORM.search(answer.text)
        assert form is not None, answer.text
        sent = {name: unescape(value) for name, value in _HIDDEN.findall(form[2])}
        if 'name="login"' in form[2]:
            sent |= {"login": person, "password": "any"}
        answer = await client.post(urljoin(str(answer.url), unescape(form[1])), data=sent)
        address = urljoin(str(answer.url), answer.headers["location"])
        if address.startswith(until):
            return address
    raise AssertionError("the provider never sent back")
