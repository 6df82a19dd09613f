"""The manifests as our own reading has them, and as kustomize has them where it is; the rules, tried on wrongs."""

import functools
import tomllib
from typing import Any

import pytest
import yaml

from kit.trust import STAIRS as TRUSTED
from tests.k8s.alike import comparable
from tests.k8s.every_rule import EVERY_RULE
from tests.k8s.network import STAIRS
from tests.k8s.reading import K8S, PLACES, READINGS, Resource, kustomize
from tests.k8s.rules import Rule, named, pods
from tests.k8s.wrongs import WRONGS, Wrong

REGIONS = [place for place in PLACES if place.startswith("prod-")]
RULES = {rule.__name__: rule for rule in EVERY_RULE}


@functools.cache
def read(reading: str, place: str) -> list[Resource]:
    """The resources of a place, read once; whoever changes them copies them."""
    return READINGS[reading](K8S / "overlays" / place)


@pytest.mark.req(366)
@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("place", PLACES)
def test_every_place_keeps_every_rule(place: str, rule: Rule) -> None:
    """Every overlay keeps every rule of the house."""
    assert [] == rule(read("ours", place))


def test_our_reading_is_kustomizes() -> None:
    """What we read without a tool is what a cluster would be given; `make k8s-check` asks it of every place."""
    if kustomize() is None:
        pytest.skip("neither kustomize nor kubectl is here")  # `make k8s-check` installs one and asks it of every place

    assert comparable(read("kustomize", "prod-eu")) == comparable(read("ours", "prod-eu"))


@pytest.mark.req(252)
@pytest.mark.req(296)
@pytest.mark.parametrize("region", REGIONS)
def test_a_region_keeps_what_runs_in_it(region: str) -> None:
    """Every pod of a region runs on that region's nodes or not at all, and its hosts are its own."""
    name = region.removeprefix("prod-")
    hosts = [
        host
        for route in named(read("ours", region), "HTTPRoute").values()
        for host in route["spec"].get("hostnames", [])
    ]
    for _, spec, _ in pods(read("ours", region)):
        required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        wanted = {"key": "sluice.example/residency", "operator": "In", "values": [name]}

        assert [{"matchExpressions": [wanted]}] == required["nodeSelectorTerms"]
    assert {f"{kind}.{name}.sluice.example" for kind in ("api", "partners", "portal")} == set(hosts)


@pytest.mark.req(253)
@pytest.mark.req(362)
def test_regions_differ_in_their_place_only() -> None:
    """What runs in one region runs in the others: they can be held against each other, word for word."""
    first, *others = (_placeless(region) for region in REGIONS)

    assert [first] * len(others) == others


@pytest.mark.req(250)
def test_what_may_lag_never_takes_a_node_from_billing() -> None:
    """Billing comes before people, people before analysis, and analysis displaces nobody."""
    classes = named(READINGS["ours"](K8S / "cluster"), "PriorityClass")
    ranked = sorted(classes, key=lambda name: -classes[name]["value"])

    assert ["sluice-billing", "sluice-interactive", "sluice-analytics"] == ranked
    assert "Never" == classes["sluice-analytics"]["preemptionPolicy"]


@pytest.mark.req(254)
def test_a_release_can_be_taken_back() -> None:
    """The last releases are kept, and settings are part of a release: what changes them has another name."""
    recipes = [yaml.safe_load(path.read_text()) for path in (K8S / "base").rglob("kustomization.yaml")]
    generated = [settings for recipe in recipes for settings in recipe.get("configMapGenerator", [])]
    mounted = {
        volume["configMap"]["name"]
        for _, spec, _ in pods(read("ours", "prod-eu"))
        for volume in spec["volumes"]
        if "configMap" in volume
    }
    kept = [each["spec"]["revisionHistoryLimit"] for each in named(read("ours", "prod-eu"), "Deployment").values()]

    assert mounted == {settings["name"] for settings in generated} - {"dashboards"}
    assert not any(settings.get("options", {}).get("disableNameSuffixHash") for settings in generated)
    assert min(kept) >= 3


def test_no_file_is_left_out() -> None:
    """Every manifest in the tree is listed by the kustomization beside or above it."""
    listed = set()
    for recipe in K8S.rglob("kustomization.yaml"):
        known = yaml.safe_load(recipe.read_text())
        files = [*known.get("resources", []), *(patch["path"] for patch in known.get("patches", []) if "path" in patch)]
        files += [file for settings in known.get("configMapGenerator", []) for file in settings["files"]]
        listed |= {(recipe.parent / file).resolve() for file in files} | {recipe}
    standing = (path for path in K8S.rglob("*.yaml") if "node_modules" not in path.parts)

    assert [] == [str(path) for path in standing if path not in listed]


def test_the_network_opens_what_the_tiers_trust() -> None:
    """A flight that a tier would accept a token on is open, and no other: both are the same stairs."""
    accepted = {(issuer, tier) for tier, issuers in TRUSTED.items() for issuer in issuers}

    assert STAIRS - {("outside", "gateway")} == accepted


def test_settings_are_readable_and_hold_no_secret() -> None:
    """The settings of every place are TOML, and what is secret is not in them."""
    settings = [tomllib.loads(path.read_text()) for path in K8S.rglob("settings/*.toml")]
    words = ("secret", "password", "token", "private_key", "credential", "license_key", "pepper")

    assert settings
    assert [] == [key for each in settings for key in _keys(each) if any(word in key for word in words)]


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: wrong.words)
def test_every_wrong_is_told(wrong: Wrong) -> None:
    """The rules are worth something: a single field put wrong is told by the rule that is there for it."""
    _, changed = next(wrong.tried(read("ours", "prod-eu")))

    assert RULES[wrong.told_by](changed)


def test_every_rule_is_tried() -> None:
    """There is no rule that nothing put wrong would show."""
    assert set(RULES) == {wrong.told_by for wrong in WRONGS}


def _placeless(place: str) -> str:
    region = place.removeprefix("prod-")
    text = str(comparable(read("ours", place)))
    for words in (f"sluice-prod-{region}", f".{region}.sluice.example", f"cloud.region={region}", f"'{region}'"):
        text = text.replace(words, "PLACE")
    return text


def _keys(tree: dict[str, Any]) -> list[str]:
    return [name for key, value in tree.items() for name in [key, *(_keys(value) if isinstance(value, dict) else [])]]
