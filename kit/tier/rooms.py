"""Open the configured rooms of a tier: find each by its manifest, read its settings, hand it its tools."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import httpx

from kit import settings as plain
from kit.clock import Clock
from kit.http import VendorClient
from kit.room import DurableSource, Peers, Room, Tools
from kit.settings import SettingsError
from kit.tier.manifest import Manifest, room
from kit.tier.peers import NoPeers, TierPeers
from kit.trust import Signer

if TYPE_CHECKING:
    from kit.tier.settings import Settings

BELOW: Final = {"experience": "process", "process": "system"}
_OURS: Final = frozenset({"vendor", "connections"})


@dataclass(frozen=True)
class Configured:
    """One room as the settings ask for it. `mounted` is its name in the tier: the connection's, or the room's."""

    mounted: str
    manifest: Manifest
    section: str
    given: Mapping[str, Any]

    @property
    def connections(self) -> dict[str, str]:
        """Which connection serves which role."""
        return dict(self.given.get("connections", {}))


@dataclass(frozen=True)
class Opener:
    """What all rooms of one tier are opened with. `deployable` is whose key signs calls to the tier below."""

    tier: str
    settings: Settings
    deployable: str
    clock: Clock
    http: httpx.AsyncClient | None
    durable: DurableSource

    def open(self, wanted: Configured) -> Room:
        """Build one room.

        Raises:
            SettingsError: a key is unknown, missing or of the wrong type, or a needed role is unserved.

        """
        module = wanted.manifest.module()
        own = {key: value for key, value in wanted.given.items() if key not in _OURS}
        config = plain.decode(module.Config, own, section=wanted.section)
        built = module.build(config, self._tools(wanted))
        if not isinstance(built, Room):
            raise TypeError(f"{wanted.manifest.package}.build did not return a Room")
        roads = tuple(replace(road, connections=wanted.connections) for road in built.roads)
        return replace(built, roads=roads)

    def _tools(self, wanted: Configured) -> Tools:
        chance = random.Random()
        return Tools(
            name=wanted.mounted,
            manifest=wanted.manifest.facts,
            clock=self.clock,
            random=chance,
            tenant=self.settings.tenant,
            http=partial(VendorClient, name=wanted.mounted, clock=self.clock, random=chance),
            peers=self._peers(wanted),
            durable=self.durable,
            connections=wanted.connections,
        )

    def _peers(self, wanted: Configured) -> Peers:
        needs = [str(need) for need in wanted.manifest.facts.get("needs", ())]
        if self.http is None or not needs:
            return NoPeers(wanted.mounted)
        roles = self._by_connection(wanted, needs) if self.tier == "process" else {need: f"/{need}" for need in needs}
        key = self.settings.private_key(self.deployable)
        return TierPeers(
            room=wanted.mounted,
            audience=BELOW[self.tier],
            http=self.http,
            signer=Signer(issuer=self.deployable, private_key_pem=key, clock=self.clock),
            roles=roles,
            tenant=self.settings.tenant,
        )

    def _by_connection(self, wanted: Configured, needs: list[str]) -> dict[str, str]:
        named = wanted.connections
        for need in needs:
            if need not in named:
                raise SettingsError(f"{wanted.section}.connections.{need} is missing: the connection that serves it")
        for role, connection in named.items():
            known = self.settings.connections
            if known and connection not in known:
                raise SettingsError(f"{wanted.section}.connections.{role} names {connection!r}, which is no connection")
        return {role: f"/{connection}/{role}" for role, connection in named.items()}


def configured(tier: str, settings: Settings) -> Iterator[Configured]:
    """Every room that the settings ask for.

    Raises:
        SettingsError: a room or vendor is unknown; the message names the key.

    """
    if tier != "system":
        sections: dict[str, dict[str, Any]] = getattr(settings, f"{tier}_apis")
        for name, given in sections.items():
            section = f"{tier}_apis.{name}"
            yield Configured(name, room(tier, name, key=section), section, given)
        return
    for connection, given in settings.connections.items():
        section = f"connections.{connection}"
        if "vendor" not in given:
            raise SettingsError(f"{section}.vendor is missing: the room that serves this connection")
        manifest = room(tier, str(given["vendor"]), key=f"{section}.vendor")
        yield Configured(connection, manifest, section, given)
