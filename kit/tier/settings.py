"""The settings of a deployable: one file for all of them, each reading what concerns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from kit import settings
from kit.audit.config import AuditSettings
from kit.settings import MASK, Secret, SettingsError
from kit.telemetry import TelemetrySettings

_SECRETS: Final = (
    "secret",
    "private_key",
    "signing_key",
    "license_key",
    "password",
    "pepper",
    "token",
    "store.url",
    "store_url",
    "redis_url",
    "ledger_url",
)
"""Words in the names of what is never shown; what comes from a file is not shown either."""


class Addresses(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the tiers answer; only what stands below a deployable has to be given."""

    experience: str = ""
    """Base URL of the experience tier."""
    process: str = ""
    """Base URL of the process tier."""
    system: str = ""
    """Base URL of the system tier."""


class Trust(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys of the internal token, by deployable: gateway, experience, process, worker."""

    private_keys: dict[str, Secret] = field(default_factory=dict)
    """Ed25519 private keys as PEM; a deployable needs its own and no other."""
    public_keys: dict[str, str] = field(default_factory=dict)
    """Ed25519 public keys as PEM of everyone who may call."""


class StoreSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the truth is kept."""

    url: Secret = Secret("")
    """`sqlite:///path` or `postgresql://user:password@host/database`."""


class WorkerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a worker runs cases."""

    beat_s: float = 10.0
    """Seconds between heartbeats."""
    lease_s: float = 60.0
    """Seconds without a heartbeat after which peers take a worker's cases over."""
    poll_s: float = 0.25
    """Seconds between looks at the queue."""
    limits: dict[str, dict[str, int | float]] = field(default_factory=dict)
    """By connection what all workers together may ask of it: concurrency, per_second, burst, lease_s.
    Without it the concurrency that the vendor's manifest states."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a deployable may be told."""

    tenant: str = "default"
    """The firm; part of every effect key."""
    tiers: Addresses = field(default_factory=Addresses)
    trust: Trust = field(default_factory=Trust)
    store: StoreSettings = field(default_factory=StoreSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
    gateway: dict[str, Any] = field(default_factory=dict)
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)
    process_apis: dict[str, dict[str, Any]] = field(default_factory=dict)
    experience_apis: dict[str, dict[str, Any]] = field(default_factory=dict)

    def private_key(self, deployable: str) -> str:
        """The signing key of a deployable.

        Raises:
            SettingsError: it is missing.

        """
        key = self.trust.private_keys.get(deployable)
        if key is None:
            message = (
                f"trust.private_keys.{deployable} is missing: without it this deployable cannot call the next tier"
            )
            raise SettingsError(message)
        return key.reveal()

    def address(self, tier: str) -> str:
        """Where a tier answers.

        Raises:
            SettingsError: it is missing.

        """
        address: str = getattr(self.tiers, tier)
        if not address:
            message = f"tiers.{tier} is missing: the address of the {tier} tier"
            raise SettingsError(message)
        return address


@dataclass(frozen=True)
class Line:
    """One value as `sluice settings` shows it."""

    key: str
    value: str
    origin: str


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read the settings of this deployable.

    Raises:
        SettingsError: a key is unknown, missing or of the wrong type.

    """
    tree, _ = settings.overlaid(settings.read_toml(path) if path else {}, environment)
    return settings.decode(Settings, tree, section="settings")


def lines(path: Path | None, environment: Mapping[str, str]) -> list[Line]:
    """Every value that was given, where it came from, secrets masked."""
    tree, origins = settings.overlaid(settings.read_toml(path) if path else {}, environment)
    settings.decode(Settings, tree, section="settings")
    shown = []
    for key, value in sorted(_flat(tree)):
        origin = origins.get(key, str(path))
        hidden = origin.startswith("file ") or any(word in key for word in _SECRETS)
        shown.append(Line(key=key, value=MASK if hidden else str(value), origin=origin))
    return shown


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found.extend(_flat(value, f"{name}.") if isinstance(value, Mapping) else [(name, value)])
    return found
