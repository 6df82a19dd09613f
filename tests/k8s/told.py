"""What pods are told: every key of the settings and every variable is a setting of somebody who reads it."""

import tomllib
from typing import Any

import gateway
from kit import settings as plain
from kit.settings import SettingsError
from kit.tier import Settings
from kit.tier.manifest import room
from tests.k8s.reading import Resource
from tests.k8s.rules import named, pods

_OURS = {"vendor", "connections"}
PLATFORM = {"SLUICE_SETTINGS", "OTEL_RESOURCE_ATTRIBUTES"}
"""What is not a setting of ours: where the file is, and what OpenTelemetry reads by itself."""


def settings_are_known(resources: list[Resource]) -> list[str]:
    """Settings and environment of each pod decode into what the deployable reads, and nothing is left over."""
    text = next(
        each["data"]["sluice.toml"]
        for name, each in named(resources, "ConfigMap").items()
        if "settings" in name and "sluice.toml" in each["data"]
    )
    faults = []
    for name, _, container in pods(resources):
        if name == "collector":
            continue
        given = {each["name"]: str(each.get("value", "")) for each in container["env"]}
        stray = [key for key in given if not key.startswith(plain.PREFIX) and key not in PLATFORM]
        faults += [f"{name}: nobody reads {key}" for key in stray]
        tree, _ = plain.overlaid(tomllib.loads(text), _read(given))
        try:
            _decoded(name, tree)
        except SettingsError as fault:
            faults.append(f"{name}: {fault}")
    return faults


def _read(given: dict[str, str]) -> dict[str, str]:
    """The environment as if each file had been read: what is in a file is a secret, and any text will do."""
    ours = {name: value for name, value in given.items() if name.startswith(plain.PREFIX)}
    return {name.removesuffix(plain.FILE_SUFFIX): value for name, value in ours.items()}


def _decoded(deployable: str, tree: dict[str, Any]) -> None:
    settings = plain.decode(Settings, tree, section="settings")
    if deployable == "migrate":
        return
    if deployable == "gateway":
        plain.decode(gateway.Config, {"upstreams": {}, **settings.gateway}, section="gateway")
        return
    tier = "process" if deployable == "worker" else deployable
    sections = {
        "system": ("connections", settings.connections),
        "process": ("process_apis", settings.process_apis),
        "experience": ("experience_apis", settings.experience_apis),
    }
    section, rooms = sections[tier]
    for mounted, given in rooms.items():
        key = f"{section}.{mounted}"
        module = room(tier, str(given.get("vendor", mounted)), key=key).module()
        own = {name: value for name, value in given.items() if name not in _OURS}
        plain.decode(module.Config, own, section=key)
        unknown = set(given.get("connections", {}).values()) - settings.connections.keys()
        if unknown:
            raise SettingsError(f"{key}.connections names {sorted(unknown)}")
