"""An estate: which vendors form a firm's landscape, their simulators, and settings that fit them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.sandbox import Sandbox, sandboxed
from kit.settings import SettingsError
from kit.tier.manifest import Manifest, room
from kit.trust import new_key_pair

_FOLDER = Path(__file__).parent / "estates"
SIGNERS = ("gateway", "experience", "process", "worker")


@dataclass(frozen=True)
class Estate:
    """One landscape as its file describes it."""

    name: str
    facts: Mapping[str, Any]

    @property
    def vendors(self) -> dict[str, Manifest]:
        """The room behind each connection."""
        return {
            connection: room("system", given["vendor"], key=f"estate {self.name}: connections.{connection}.vendor")
            for connection, given in self.facts["connections"].items()
        }

    @property
    def story(self) -> Mapping[str, Any]:
        """How the demonstration is played here."""
        return dict(self.facts["story"])


@dataclass
class Simulated:
    """What stands behind one connection: where, with which settings for us, and how a person signs in.

    `pid` is the process of a real system; a simulator has none of its own.
    """

    connection: str
    vendor: Manifest
    url: str
    config: dict[str, Any] = field(default_factory=dict)
    person: dict[str, str] = field(default_factory=dict)
    pid: int = 0


def estate(name: str) -> Estate:
    """Read an estate.

    Raises:
        SettingsError: there is no such estate.

    """
    path = _FOLDER / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in _FOLDER.glob("*.toml")))
        raise SettingsError(f"--estate {name!r} is none of: {known}")
    return Estate(name, tomllib.loads(path.read_text(encoding="utf-8")))


def simulator(vendor: Manifest, *, seed: int, latency_ms: float) -> tuple[Any, Sandbox]:
    """The simulator of a vendor as an application, and the sandbox that steers it."""
    sandbox = Sandbox(seed=seed, latency_ms=latency_ms)
    return sandboxed(vendor.module("simulator").build(sandbox), sandbox), sandbox


def developed(connection: str, vendor: Manifest, url: str, sandbox: Sandbox) -> Simulated:
    """Fill a fresh simulator with a development landscape and say how to reach it."""
    landscape = vendor.module("simulator").develop(url)
    sandbox.seed(landscape["seed"])
    return Simulated(connection, vendor, url, landscape["config"], landscape["person"]["headers"])


def keys() -> dict[str, dict[str, str]]:
    """Fresh signing keys for every deployable that calls another."""
    pairs = {name: new_key_pair() for name in SIGNERS}
    return {
        "private_keys": {name: private for name, (private, _) in pairs.items()},
        "public_keys": {name: public for name, (_, public) in pairs.items()},
    }


def settings_tree(estate: Estate, simulated: Mapping[str, Simulated], *, store_url: str) -> dict[str, Any]:
    """The settings of every deployable on this estate, addresses of the tiers still to come.

    What the estate says of a connection goes before what its simulator proposes.
    """
    return {
        "tenant": estate.facts["tenant"],
        "trust": keys(),
        "store": {"url": store_url},
        "tiers": {},
        "worker": {"beat_s": 1.0, "lease_s": 20.0, "poll_s": 0.05},
        "connections": {
            name: {**found.config, **estate.facts["connections"][name]} for name, found in simulated.items()
        },
        "process_apis": estate.facts["process_apis"],
        "experience_apis": estate.facts["experience_apis"],
        "gateway": {},
    }
