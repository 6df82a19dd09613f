"""The settings as a pod meets them: the ConfigMap, its own environment, its own secret files, and nothing else."""

import functools
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.serialization import load_pem_public_key

import gateway
from kit import settings as plain
from kit.cli.deployable import application
from kit.cli.main import _parser
from kit.serving import serving
from kit.settings import SettingsError
from kit.tier import Settings, load
from kit.tier.manifest import room
from kit.tier.settings import lines
from kit.trust import new_key_pair
from tests.k8s.reading import K8S, Resource, rendered_by_us
from tests.k8s.rules import DEPLOYABLES, named, pods

PLACE = "overlays/prod-eu"
SECRETS = "/run/secrets/sluice/"


DOORS = {
    "GATEWAY__STORING__REDIS_URL": "redis://127.0.0.1:1/0",
    "GATEWAY__IDENTITY__PEPPER": "thirty-two characters, more or less",
    "GATEWAY__PORTAL__SIGN_IN__CLIENT_SECRET": "known to the provider",
    "PROCESS_APIS__WEBHOOKS__SEALING_SECRETS": Fernet.generate_key().decode(),
}
"""Secrets of the door, and what seals what partners are told."""


@functools.cache
def standing(place: str) -> list[Resource]:
    """The resources of a place, read once; nobody changes them."""
    return rendered_by_us(K8S / place)


class Pod:
    """One pod's files on this disk: what the ConfigMap and the ExternalSecret would put there."""

    def __init__(self, place: str, name: str, folder: Path) -> None:
        resources = standing(place)
        container = {found: each for found, _, each in pods(resources)}[name]
        self.folder = folder
        self.args: list[str] = container["args"]
        self.probe: str = container.get("readinessProbe", {}).get("httpGet", {}).get("path", "")
        text = named(resources, "ConfigMap")["sluice-settings"]["data"]["sluice.toml"]
        self.path = folder / "sluice.toml"
        self.path.write_text(text)
        self.facts = tomllib.loads(text)
        self.environment = {each["name"]: self._seen(each) for each in container["env"]}

    def settings(self) -> Settings:
        """What the deployable would read."""
        return load(self.path, self.environment)

    def _seen(self, variable: dict[str, Any]) -> str:
        value: str = variable["value"]
        if not value.startswith(SECRETS):
            return value
        file = self.folder / value.removeprefix(SECRETS)
        file.write_text(self._secret(variable["name"]))
        return str(file)

    def _secret(self, variable: str) -> str:
        """A secret that fits: a vendor's as the vendor's own simulator would hand it out."""
        words = variable.removeprefix("SLUICE__").removesuffix("_FILE")
        if words in DOORS:
            return DOORS[words]
        if words.startswith("GATEWAY__IDENTITY__SIGNING_KEYS"):
            return new_key_pair()[0]
        *_, section, key = variable.removeprefix("SLUICE__").removesuffix("_FILE").lower().split("__")
        if "CONNECTIONS" in variable:
            connection = self.facts["connections"][section.replace("_", "-")]
            vendor = room("system", connection["vendor"], key=section)
            return str(vendor.module("simulator").develop("http://vendor.example")["config"][key])
        return new_key_pair()[0] if "PRIVATE_KEYS" in variable else f"sqlite:///{self.folder}/sluice.db"


@pytest.mark.parametrize("name", sorted(DEPLOYABLES))
def test_a_pod_opens_on_what_it_is_given(tmp_path: Path, name: str) -> None:
    """Settings, environment and files of a pod are enough to build its deployable, and hold nothing unknown to it."""
    pod = Pod(PLACE, name, tmp_path)
    pod.environment["SLUICE__TELEMETRY__OTLP_ENDPOINT"] = ""  # no exporter thread in a test

    assert application(name, pod.settings()) is not None


def test_the_migration_knows_its_store(tmp_path: Path) -> None:
    """The Job reads the address of the database from its file."""
    pod = Pod(PLACE, "migrate", tmp_path)

    assert f"sqlite:///{tmp_path}/sluice.db" == pod.settings().store.url.reveal()


def test_the_door_trusts_an_issuer_and_reaches_three_tiers(tmp_path: Path) -> None:
    """The gateway's section is the gateway's own settings, and its upstreams are Services that exist."""
    settings = Pod(PLACE, "gateway", tmp_path).settings()
    services = named(standing(PLACE), "Service")
    upstreams = {tier: settings.address(tier) for tier in ("experience", "process", "system")}
    config = plain.decode(gateway.Config, {"upstreams": upstreams, **settings.gateway}, section="gateway")

    assert 1 == len(config.issuers)
    assert {tier: f"http://{tier}" for tier in services if tier not in {"gateway", "collector"}} == upstreams


def test_every_signer_is_known_to_those_it_calls(tmp_path: Path) -> None:
    """There is a public key for each pod that has a private one, and each key can be read."""
    signers = {name for name in DEPLOYABLES if Pod(PLACE, name, tmp_path).settings().trust.private_keys}
    known = Pod(PLACE, "system", tmp_path).settings().trust.public_keys

    assert signers == set(known)
    assert all(load_pem_public_key(pem.encode()) for pem in known.values())


@pytest.mark.parametrize("name", sorted({*DEPLOYABLES, "migrate"}))
def test_the_command_line_takes_the_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The arguments of a pod are words of the command line, and the settings file comes by the environment."""
    pod = Pod(PLACE, name, tmp_path)
    monkeypatch.setenv("SLUICE_SETTINGS", pod.environment["SLUICE_SETTINGS"])

    arguments = _parser().parse_args(pod.args)

    assert Path("/etc/sluice/sluice.toml") == arguments.settings
    assert ("migrate", 0) == (arguments.command, getattr(arguments, "port", 0)) or arguments.port == 8080


@pytest.mark.parametrize("name", ["gateway", "system", "worker"])
async def test_a_kubelet_needs_no_token(tmp_path: Path, name: str) -> None:
    """The path that the readiness probe asks answers 200 to whoever asks, by an address for a host."""
    pod = Pod(PLACE, name, tmp_path)
    pod.environment["SLUICE__TELEMETRY__OTLP_ENDPOINT"] = ""
    pod.environment["SLUICE__PROCESS_APIS__QUOTE_TO_PROJECT__FEED"] = "false"

    async with serving(application(name, pod.settings())) as url, httpx.AsyncClient(base_url=url) as kubelet:
        answer = await kubelet.get(pod.probe, headers={"host": "10.1.2.3:8080", "user-agent": "kube-probe/1.35"})

    assert 200 == answer.status_code


@pytest.mark.parametrize("name", sorted({*DEPLOYABLES, "migrate"}))
def test_a_secret_of_a_pod_is_never_shown(tmp_path: Path, name: str) -> None:
    """`sluice settings`, asked within a pod, shows nothing of what came from a file."""
    pod = Pod(PLACE, name, tmp_path)
    secrets = [
        Path(value).read_text()
        for key, value in pod.environment.items()
        if key.startswith("SLUICE__") and "_FILE" in key
    ]

    shown = "\n".join(line.value for line in lines(pod.path, pod.environment))

    assert secrets
    assert [] == [secret for secret in secrets if secret.strip().splitlines()[-1] in shown or secret in shown]


def test_a_misspelt_setting_stops_the_pod(tmp_path: Path) -> None:
    """What nobody reads is refused by name, so that a typing error is seen at the rollout."""
    pod = Pod(PLACE, "system", tmp_path)
    pod.environment["SLUICE__REGION"] = "eu"

    with pytest.raises(SettingsError, match="region"):
        pod.settings()
