"""What a room is handed and what it hands back: the only door into a folder of a tier."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from typing_extensions import TypeForm

from contracts.problem import Kind, Problem
from kit.clock import Clock

if TYPE_CHECKING:
    from litestar import Router

    from kit.durable import Durable, Governance, Road
    from kit.http import VendorClient

P = TypeVar("P")


def lacking(operation: str) -> Problem:
    """The answer of a vendor that cannot do what its role asks; `operation` stands in the manifest's `lacks`."""
    return Problem(
        Kind.UNSUPPORTED,
        "operation_unsupported",
        f"this system cannot do {operation}",
        hint="ask what the connection lacks before you ask it for more",
    )


@dataclass(frozen=True)
class Mount:
    """A contract answered by a service under a prefix of the tier's address.

    `name` is what the contract is called in the tier where that is not the room's name: a room may serve several.
    """

    contract: type
    service: object
    prefix: str
    name: str = ""


@dataclass(frozen=True)
class Pages:
    """Pages for people under a prefix of the room, behind the same internal token as its contracts."""

    router: Router
    prefix: str = "/pages"


@dataclass(frozen=True)
class Room:
    """What `build` returns: what to serve, which roads to run, what to keep running beside them.

    `governance` is what the roads of every room are handled by; one room of a tier may bring it.
    """

    mounts: tuple[Mount, ...]
    roads: tuple[Road, ...] = ()
    running: tuple[Callable[[], AbstractAsyncContextManager[None]], ...] = ()
    close: Callable[[], Awaitable[None]] | None = None
    governance: Governance | None = None
    pages: tuple[Pages, ...] = ()


class Peers(Protocol):
    """The rooms one flight of stairs below."""

    def connect(self, contract: TypeForm[P], role: str) -> P:
        """A typed caller of whatever serves `role`.

        Raises:
            SettingsError: no connection or room serves the role.

        """
        ...


class DurableSource(Protocol):
    """Hands out the durable engine once it is open; rooms are built before it is."""

    def __call__(self) -> Durable:
        """The open engine.

        Raises:
            RuntimeError: the engine is not open yet.

        """
        ...


@dataclass(frozen=True)
class Tools:
    """Everything a room may use of the world."""

    name: str
    manifest: Mapping[str, Any]
    clock: Clock
    random: random.Random
    tenant: str
    http: Callable[..., VendorClient]
    peers: Peers
    durable: DurableSource
    connections: Mapping[str, str] = field(default_factory=dict)
