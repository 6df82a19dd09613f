"""The manifests, as rendered: by kubectl where it is to be had, by our own reading everywhere."""

import copy
import functools
import json
import shutil
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from kit.trust import STAIRS as TRUSTED
from tests.k8s.reading import K8S, READINGS, Resource
from tests.k8s.rules import RULES, STAIRS, Rule, named, pods

REGIONS = sorted(path.name for path in (K8S / "overlays").iterdir())
PLACES = ["base", *(f"overlays/{region}" for region in REGIONS)]


@functools.cache
def read(reading: str, place: str) -> list[Resource]:
    """The resources of a place, read once; whoever changes them copies them."""
    return READINGS[reading](K8S / place)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("reading", READINGS)
def test_every_place_keeps_every_rule(reading: str, place: str, rule: Rule) -> None:
    """Whatever reads them, base and overlays keep the rules of `rules.py`."""
    assert [] == rule(read(reading, place))


@pytest.mark.parametrize("place", PLACES)
def test_our_reading_is_kubectls(place: str) -> None:
    """What we read without a tool is what a cluster would be given; without kubectl, the files at least all load."""
    ours = read("ours", place)
    if shutil.which("kubectl") is None:
        assert ours
        return

    theirs = read("kubectl", place)

    assert _comparable(theirs) == _comparable(ours)


@pytest.mark.req(296)
@pytest.mark.parametrize("region", REGIONS)
def test_a_region_keeps_what_runs_in_it(region: str) -> None:
    """Every pod of a region runs on that region's nodes or not at all, and knows where it is."""
    for _, spec, container in pods(read("ours", f"overlays/{region}")):
        required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        wanted = {"key": "sluice.example/residency", "operator": "In", "values": [region]}

        assert [{"matchExpressions": [wanted]}] == required["nodeSelectorTerms"]
        assert {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": f"cloud.region={region}"} in container["env"]


def test_no_file_is_left_out() -> None:
    """Every manifest in the tree is listed by the kustomization beside or above it."""
    listed = set()
    for recipe in K8S.rglob("kustomization.yaml"):
        known = yaml.safe_load(recipe.read_text())
        files = [*known.get("resources", []), *(patch["path"] for patch in known.get("patches", []) if "path" in patch)]
        listed |= {(recipe.parent / file).resolve() for file in files} | {recipe}

    assert [] == [str(path) for path in K8S.rglob("*.yaml") if path not in listed]


def test_the_network_opens_what_the_tiers_trust() -> None:
    """A flight that a tier would accept a token on is open, and no other: both are the same stairs."""
    accepted = {(issuer, tier) for tier, issuers in TRUSTED.items() for issuer in issuers}

    assert STAIRS - {("outside", "gateway")} == accepted


def test_settings_are_readable_and_hold_no_secret() -> None:
    """The settings of every place are TOML, and what is secret is not in them."""
    settings = [tomllib.loads(path.read_text()) for path in K8S.rglob("settings/*.toml")]
    words = ("secret", "password", "token", "private_key", "credential")

    assert settings
    assert [] == [key for each in settings for key in _keys(each) if any(word in key for word in words)]


def _pod(resource: Resource) -> Any:
    return resource["spec"]["template"]["spec"]


def _container(resource: Resource) -> Any:
    return _pod(resource)["containers"][0]


Change = Callable[[Resource], object]
WRONGS: dict[str, tuple[str, str, Change]] = {
    "root": ("Deployment", "gateway", lambda r: _pod(r)["securityContext"].update(runAsNonRoot=False)),
    "user 0": ("Job", "migrate", lambda r: _pod(r)["securityContext"].update(runAsUser=0)),
    "no seccomp": ("Deployment", "worker", lambda r: _pod(r)["securityContext"].pop("seccompProfile")),
    "writable": ("Deployment", "system", lambda r: _container(r)["securityContext"].pop("readOnlyRootFilesystem")),
    "escalation": ("Job", "migrate", lambda r: _container(r).pop("securityContext")),
    "host path": ("Deployment", "system", lambda r: _pod(r)["volumes"].append({"name": "x", "hostPath": {}})),
    "cluster token": ("Deployment", "process", lambda r: _pod(r).pop("automountServiceAccountToken")),
    "open namespace": ("Namespace", "sluice", lambda r: r["metadata"]["labels"].clear()),
    "latest": ("Deployment", "worker", lambda r: _container(r).update(image="sluice:latest")),
    "cut cpu": ("Deployment", "worker", lambda r: _container(r)["resources"]["limits"].update(cpu="1")),
    "no probe": ("Deployment", "process", lambda r: _container(r).pop("readinessProbe")),
    "life asks others": (
        "Deployment",
        "process",
        lambda r: _container(r)["livenessProbe"]["httpGet"].update(path="/health/ready"),
    ),
    "no drain": ("Deployment", "gateway", lambda r: _container(r).pop("lifecycle")),
    "killed while draining": ("Deployment", "gateway", lambda r: _pod(r).update(terminationGracePeriodSeconds=5)),
    "gap": ("Deployment", "system", lambda r: r["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1)),
    "fixed number": ("Deployment", "system", lambda r: r["spec"].update(replicas=1)),
    "other tier": (
        "Deployment",
        "system",
        lambda r: _container(r).update(args=["serve", "process", "--host", "0.0.0.0", "--port", "8080"]),
    ),
    "stray service": ("Service", "process", lambda r: r["spec"]["selector"].update({"app.kubernetes.io/name": "x"})),
    "stray port": ("Service", "process", lambda r: r["spec"]["ports"][0].update(targetPort="admin")),
    "stray budget": ("PodDisruptionBudget", "process", lambda r: r["spec"]["selector"].update(matchLabels={"a": "b"})),
    "lone replica": ("HorizontalPodAutoscaler", "worker", lambda r: r["spec"].update(minReplicas=1)),
    "secret in sight": (
        "Deployment",
        "worker",
        lambda r: _container(r)["env"].append({"name": "KEY", "valueFrom": {"secretKeyRef": {}}}),
    ),
    "another's secret": ("ExternalSecret", "worker", lambda r: r["spec"]["target"].update(name="sluice-system")),
    "unknown file": ("ExternalSecret", "worker", lambda r: r["spec"]["data"].pop()),
    "nothing denied": ("NetworkPolicy", "default-deny", lambda r: r["spec"].update(policyTypes=["Ingress"])),
    "skipped stair": ("NetworkPolicy", "experience", lambda r: _let_out(r, "system")),
    "skipped stair, met below": ("NetworkPolicy", "system", lambda r: _let_in(r, "experience")),
    "stair taken away": ("NetworkPolicy", "process", lambda r: r["spec"]["egress"].pop(0)),
    "store for all": ("NetworkPolicy", "experience", lambda r: _let_out(r, "postgresql", namespaceSelector={})),
    "the inside is the world": (
        "NetworkPolicy",
        "system",
        lambda r: r["spec"]["egress"][-1]["to"][0]["ipBlock"].pop("except"),
    ),
    "anybody in": ("NetworkPolicy", "worker", lambda r: r["spec"].update(ingress=[{}])),
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_every_wrong_is_found(wrong: str) -> None:
    """The rules are worth something: each single field put wrong is told by one of them."""
    kind, name, change = WRONGS[wrong]
    resources = copy.deepcopy(read("ours", "base"))

    change(named(resources, kind)[name])

    assert [fault for rule in RULES for fault in rule(resources)]


def _peer(name: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}


def _let_out(policy: Resource, name: str, **more: Any) -> None:
    policy["spec"]["egress"].append({"to": [_peer(name) | more], "ports": [{"port": 8080}]})


def _let_in(policy: Resource, name: str) -> None:
    policy["spec"]["ingress"].append({"from": [_peer(name)]})


def _comparable(resources: list[Resource]) -> dict[tuple[str, str], Any]:
    """By kind and name, lists of named things by name, without the suffix that only kustomize computes."""
    return {(each["kind"], _plain(each["metadata"]["name"])): _plain(each) for each in resources}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    if isinstance(value, str) and value.startswith("sluice-settings"):
        return "sluice-settings"
    return value


def _keys(tree: dict[str, Any]) -> list[str]:
    return [name for key, value in tree.items() for name in [key, *(_keys(value) if isinstance(value, dict) else [])]]
