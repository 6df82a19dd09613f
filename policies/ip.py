"""Refuses addresses that are not let in: 403. What is denied is denied, whatever else allows it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.policy import Request, Verdict

_Net: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Networks as 192.0.2.0/24 or single addresses."""

    allow: tuple[str, ...] = ()
    """Who is let in; none at all: everybody."""
    deny: tuple[str, ...] = ()
    """Who is not, even if allowed."""


class Ip:
    """Looks at the one address the guard has settled on, an IPv4 address in IPv6's clothes being what it is."""

    needs: ClassVar[tuple[str, ...]] = ("client",)
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config) -> None:
        """Read the networks.

        Raises:
            ValueError: one of them is none.

        """
        self._allow = _networks(config.allow)
        self._deny = _networks(config.deny)

    @property
    def rests(self) -> bool:
        """Whether no list names an address."""
        return not self._allow and not self._deny

    def __call__(self, request: Request, /) -> Verdict:
        """Find the address in neither, or in the right one."""
        if not self._allow and not self._deny:
            return None
        try:
            address = ipaddress.ip_address(request.client_ip.partition("%")[0])
        except ValueError:
            return _denied()
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self._deny):
            return _denied()
        if self._allow and not any(address in network for network in self._allow):
            return _denied()
        return None


def _networks(texts: Sequence[str]) -> tuple[_Net, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def _denied() -> Problem:
    return Problem(Kind.FORBIDDEN, "ip.denied", "this address is not let in")
