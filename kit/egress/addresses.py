"""Which addresses of the internet may be called on an outsider's word; refuses all that lead back inside. Pure.

Sources: the IANA special-purpose registries (RFC 6890 and updates), RFC 6598 (carrier NAT), RFC 6052 and 8215 (NAT64),
RFC 3056 (6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP), and what clouds document of their own service addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, TypeAlias

IPAddress: TypeAlias = IPv4Address | IPv6Address

_CARRIER: Final = IPv4Network("100.64.0.0/10")
_RESERVED: Final = tuple(
    IPv4Network(each)
    for each in ("0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24")
)
# Azure's platform address is a public one; those of the others are link-local, unique local or carrier NAT.
_METADATA: Final = frozenset(
    {
        IPv4Address("169.254.169.254"),
        IPv4Address("168.63.129.16"),
        IPv4Address("100.100.100.200"),
        IPv6Address("fd00:ec2::254"),
    }
)
_GLOBAL: Final = IPv6Network("2000::/3")
_COMPATIBLE: Final = IPv6Network("::/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_TUNNELS: Final = (IPv6Network("2002::/16"), IPv6Network("2001::/23"), IPv6Network("64:ff9b:1::/48"))
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
_LOW: Final = 0xFFFF_FFFF


def why_not(address: IPAddress, *, loopback: bool = False) -> str:
    """Why an address may not be called, in a word; empty when it may. `loopback` lets the machine's own pass."""
    if loopback and address.is_loopback:
        return ""
    if isinstance(address, IPv4Address):
        return _why_not_v4(address)
    return _why_not_v6(address)


def _why_not_v4(address: IPv4Address) -> str:
    reasons = {
        "metadata": address in _METADATA,
        "loopback": address.is_loopback,
        "link_local": address.is_link_local,
        "carrier_nat": address in _CARRIER,
        "multicast": address.is_multicast,
        "reserved": address.is_reserved or address.is_unspecified or any(address in each for each in _RESERVED),
        "private": not address.is_global,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _why_not_v6(address: IPv6Address) -> str:
    reasons = {
        "metadata": address in _METADATA,
        "loopback": address.is_loopback,
        "link_local": address.is_link_local or address.scope_id is not None,
        "multicast": address.is_multicast,
    }
    plain = next((reason for reason, holds in reasons.items() if holds), "")
    if plain:
        return plain
    for inner in _within(address):
        reason = _why_not_v4(inner)
        if reason:
            return reason
    if address in _NAT64:
        return ""  # the IPv4 address within was looked at
    if any(address in each for each in _TUNNELS) or address.ipv4_mapped is not None or address in _COMPATIBLE:
        return "tunnel"
    return "" if address in _GLOBAL and address.is_global else "private"


def _within(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address may be carried to."""
    number = int(address)
    low = IPv4Address(number & _LOW)
    if address.ipv4_mapped is not None or address in _COMPATIBLE or address in _NAT64:
        yield low
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if (number >> 32) & _LOW in _ISATAP:
        yield low
