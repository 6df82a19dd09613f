"""Names to addresses, as something handed in: what a name leads to may change between two questions."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import TypeAlias

from kit.egress.addresses import IPAddress

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[IPAddress]]]
"""The addresses behind a host and a port.

Raises:
    OSError: the name leads nowhere.
"""


async def resolve(host: str, port: int) -> list[IPAddress]:
    """Ask the machine's own resolver; each address once, in its order.

    Raises:
        OSError: the name leads nowhere.

    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{host!r} is no name of a host") from None
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))
