"""What a place is held to: it says what it is, keeps its pods in its region, pins images, and fits into its quota."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.k8s.reading import K8S, Resource, rendered_by_us
from tests.k8s.rules import named, pods

STAGES = {"dev", "staging", "production"}
PRIORITY = {  # billing before people, people before analysis
    "gateway": "sluice-interactive",
    "experience": "sluice-interactive",
    "process": "sluice-billing",
    "worker": "sluice-billing",
    "system": "sluice-billing",
    "migrate": "sluice-billing",
    "collector": "sluice-analytics",
}
DIGEST = re.compile(r"[^@]+@sha256:[0-9a-f]{64}")
UNITS = {"Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "m": Fraction(1, 1000), "": Fraction(1)}
LEAST_FREE = Fraction(1, 10)


def stage(resources: list[Resource]) -> str:
    """dev, staging or production, as the namespace says."""
    return str(_labels(next(iter(named(resources, "Namespace").values()))).get("sluice.example/stage", ""))


def region(resources: list[Resource]) -> str:
    """Where the place is, as the namespace says."""
    return str(_labels(next(iter(named(resources, "Namespace").values()))).get("sluice.example/region", ""))


def places_say_what_they_are(resources: list[Resource]) -> list[str]:
    """Namespace and pods say stage, region and part; everything stands in the one namespace."""
    space = next(iter(named(resources, "Namespace").values()))["metadata"]["name"]
    wanted = {
        "sluice.example/stage": stage(resources),
        "sluice.example/region": region(resources),
        "app.kubernetes.io/part-of": "sluice",
    }
    faults = [] if stage(resources) in STAGES and region(resources) else ["the namespace says neither"]
    for each in resources:
        name = f"{each['kind']} {each['metadata']['name']}"
        if not wanted.items() <= _labels(each).items():
            faults.append(f"{name}: labels")
        if each["kind"] != "Namespace" and each["metadata"].get("namespace") != space:
            faults.append(f"{name}: stands elsewhere")
        if each["kind"] in {"Deployment", "Job"}:
            labels = each["spec"]["template"]["metadata"]["labels"]
            if not (wanted | {"app.kubernetes.io/name": each["metadata"]["name"]}).items() <= labels.items():
                faults.append(f"{name}: labels of its pods")
    return faults


def pods_stay_in_their_region(resources: list[Resource]) -> list[str]:
    """Outside of dev every pod runs on its region's nodes or not at all, and ours say where they are."""
    faults = []
    wanted = {"key": "sluice.example/residency", "operator": "In", "values": [region(resources)]}
    for name, spec, container in pods(resources):
        node = spec.get("affinity", {}).get("nodeAffinity", {})
        terms = node.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms")
        if stage(resources) != "dev" and terms != [{"matchExpressions": [wanted]}]:
            faults.append(f"{name}: may run anywhere")
        says = {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": f"cloud.region={region(resources)}"}
        if name != "collector" and says not in container["env"]:
            faults.append(f"{name}: does not say where it is")
    return faults


def images_are_pinned(resources: list[Resource]) -> list[str]:
    """Outside of dev an image is its digest, and all pods of ours run the same one."""
    images = {name: container["image"] for name, _, container in pods(resources)}
    faults = [f"{name}: {image}" for name, image in images.items() if not DIGEST.fullmatch(image)]
    one = {image for name, image in images.items() if name != "collector"}
    return (faults if stage(resources) != "dev" else []) + ([] if len(one) == 1 else [f"images: {sorted(one)}"])


def pods_say_how_much_they_matter(resources: list[Resource]) -> list[str]:
    """Each pod has the class of its work, and the classes of the cluster are in that order."""
    classes = named(rendered_by_us(K8S / "cluster"), "PriorityClass")
    order = ["sluice-billing", "sluice-interactive", "sluice-analytics"]
    values = [classes[name]["value"] for name in order]
    faults = [] if values == sorted(set(values), reverse=True) else ["the classes are out of order"]
    for name, spec, _ in pods(resources):
        if spec.get("priorityClassName") != PRIORITY[name]:
            faults.append(f"{name}: {spec.get('priorityClassName')}")
    return faults


def everything_fits(resources: list[Resource]) -> list[str]:
    """Every scaler at its most, rolling over, with the migration beside it, fits into the quota with a tenth free."""
    hard = named(resources, "ResourceQuota")["sluice"]["spec"]["hard"]
    asked: dict[str, Fraction] = dict.fromkeys(("pods", "requests.cpu", "requests.memory", "limits.memory"), Fraction())
    faults = []
    for name, _, container in pods(resources):
        number = _at_most(name, resources)
        given = container["resources"]
        asked["pods"] += number
        asked["requests.cpu"] += number * quantity(given["requests"]["cpu"])
        asked["requests.memory"] += number * quantity(given["requests"]["memory"])
        asked["limits.memory"] += number * quantity(given["limits"]["memory"])
        faults += _between(name, given, named(resources, "LimitRange")["sluice"]["spec"]["limits"][0])
    for what, wanted in asked.items():
        if wanted > quantity(hard.get(what, "0")) * (1 - LEAST_FREE):
            faults.append(f"{what}: {float(wanted):.0f} of {hard.get(what)}")
    closed = ("services.loadbalancers", "services.nodeports", "persistentvolumeclaims")
    return faults + [f"{what}: not closed" for what in closed if hard.get(what) != "0"]


def quantity(words: str) -> Fraction:
    """A quantity as Kubernetes writes it, in its plain unit: cores, bytes, pieces.

    Raises:
        ValueError: it is none.

    """
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", words)
    if found is None:
        raise ValueError(f"{words} is no quantity")
    return Fraction(Decimal(found[1])) * UNITS[found[2]]


def _at_most(name: str, resources: list[Resource]) -> int:
    scalers: dict[str, int] = {
        scaled: each["spec"]["maxReplicas"] for scaled, each in named(resources, "HorizontalPodAutoscaler").items()
    } | {scaled: each["spec"]["maxReplicaCount"] for scaled, each in named(resources, "ScaledObject").items()}
    most = scalers.get(name, 1)
    return most + -(-most // 4)  # a quarter more while it rolls over


def _between(name: str, given: dict[str, Any], limits: dict[str, Any]) -> list[str]:
    small = [what for what, least in limits["min"].items() if quantity(given["requests"][what]) < quantity(least)]
    large = [what for what, most in limits["max"].items() if quantity(given["limits"][what]) > quantity(most)]
    return [f"{name}: {what} is out of bounds" for what in small + large]


def _labels(resource: Resource) -> dict[str, str]:
    return dict(resource["metadata"].get("labels", {}))


PLACE_RULES = (
    places_say_what_they_are,
    pods_stay_in_their_region,
    images_are_pinned,
    pods_say_how_much_they_matter,
    everything_fits,
)
