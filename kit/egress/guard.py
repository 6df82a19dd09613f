"""Decides whether an address that an outsider named may be called; every answer of the resolver has to pass."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

import httpx

from kit.egress.addresses import IPAddress, why_not
from kit.egress.resolving import Resolve, resolve

_PORTS: Final = {"https": 443, "http": 80}
_URL_CHARACTERS: Final = 2_000


class Forbidden(Exception):
    """An address that is not called. `code` is stable; the text says why without telling what stands inside."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Target:
    """An address as it was understood: what is read here is what is called."""

    scheme: str
    host: str
    port: int
    path: bytes

    @property
    def origin(self) -> str:
        """Scheme, host and port, for people; path and query may hold secrets."""
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True)
class Guard:
    """Which addresses may be called. `loopback` admits this machine's own, over plain HTTP too: for development."""

    ports: frozenset[int] = frozenset({443, 8443})
    loopback: bool = False
    resolve: Resolve = resolve

    def target(self, url: str) -> Target:
        """Read an address.

        Raises:
            Forbidden: url_malformed, url_insecure, url_credentials, url_fragment, port_forbidden, and
                address_forbidden for a literal address that leads inside.

        """
        if len(url) > _URL_CHARACTERS or any(sign.isspace() or not sign.isprintable() for sign in url):
            raise Forbidden("url_malformed", "the address is too long or holds signs that no address has")
        try:
            read = httpx.URL(url)
        except httpx.InvalidURL:
            raise Forbidden("url_malformed", "the address cannot be read") from None
        host = read.raw_host.decode("ascii").strip("[]")
        self._allow(read, host)
        port = read.port or _PORTS[read.scheme]
        if port not in self.ports and not self.loopback:
            raise Forbidden("port_forbidden", f"port {port} is not called; allowed: {sorted(self.ports)}")
        target = Target(scheme=read.scheme, host=host, port=port, path=read.raw_path)
        literal = _literal(host)
        if literal is not None:
            self._pass([literal])
        return target

    async def addresses(self, host: str, port: int) -> list[IPAddress]:
        """The addresses behind a name, all of which may be called.

        Raises:
            Forbidden: address_forbidden, when any of them leads inside; host_unknown, when there is none.

        """
        literal = _literal(host)
        try:
            found = [literal] if literal is not None else await self.resolve(host, port)
        except OSError:
            found = []
        if not found:
            raise Forbidden("host_unknown", f"{host} leads nowhere")
        self._pass(found)
        return found

    def _allow(self, read: httpx.URL, host: str) -> None:
        if read.scheme not in _PORTS or not host:
            raise Forbidden("url_malformed", "an address begins with https:// and names a host")
        if read.scheme != "https" and not self.loopback:
            raise Forbidden("url_insecure", "only https:// is called")
        if read.userinfo:
            raise Forbidden("url_credentials", "an address holds no user and no password")
        if read.fragment:
            raise Forbidden("url_fragment", "an address ends before #")

    def _pass(self, found: list[IPAddress]) -> None:
        for address in found:
            reason = why_not(address, loopback=self.loopback)
            if reason:
                raise Forbidden("address_forbidden", f"the host leads to an address that is not called: {reason}")


def _literal(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
