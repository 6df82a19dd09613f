"""Who reaches whom: every policy of a place applied to every pair as the network would, held against the stairs."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.k8s.reading import Resource

Flight = tuple[str, str, int]

STAIRS = {
    ("outside", "gateway"),
    ("gateway", "experience"),
    ("gateway", "process"),
    ("gateway", "system"),
    ("experience", "process"),
    ("process", "system"),
    ("worker", "system"),
}
DEPLOYED = ("gateway", "experience", "process", "worker", "system", "migrate", "collector")
WANTED: set[Flight] = {
    *((above, below, 8080) for above, below in STAIRS),
    *((name, "postgresql", 5432) for name in ("gateway", "process", "worker", "migrate", "collector")),
    ("gateway", "redis", 6379),  # limits and replays, for all pods of the door
    ("gateway", "world", 443),  # the issuers' keys
    ("system", "world", 443),  # the vendors
    ("worker", "world", 443),  # partners' endpoints
    ("worker", "world", 8443),
    *((name, "collector", 4318) for name in DEPLOYED if name != "collector"),
    ("watchers", "collector", 8889),
    ("collector", "watchers", 4318),
    *((name, "names", 53) for name in DEPLOYED),
}
PORTS = (22, 53, 80, 443, 4318, 5432, 6379, 8080, 8443, 8889, 13133)


@dataclass(frozen=True)
class Place:
    """Where a packet starts or ends: labels of its pod and namespace, or an address outside of the cluster."""

    labels: dict[str, str] = field(default_factory=dict)
    space: dict[str, str] | None = None
    """Labels of its namespace; None for our own."""
    address: str = ""
    ports: dict[str, int] = field(default_factory=dict)


AROUND = {
    "outside": Place(space={"sluice.example/role": "ingress"}),
    "postgresql": Place({"app.kubernetes.io/name": "postgresql"}, {"sluice.example/role": "stores"}),
    "redis": Place({"app.kubernetes.io/name": "redis"}, {"sluice.example/role": "stores"}),
    "another store": Place({"app.kubernetes.io/name": "mysql"}, {"sluice.example/role": "stores"}),
    "names": Place({"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"}),
    "cluster": Place({"component": "kube-apiserver"}, {"kubernetes.io/metadata.name": "kube-system"}),
    "watchers": Place(space={"kubernetes.io/metadata.name": "telemetry"}),
    "stranger": Place(space={"kubernetes.io/metadata.name": "somebody"}),
    "neighbour": Place({"app.kubernetes.io/name": "neighbour"}),
    "world": Place(address="203.0.113.9"),
    "inside": Place(address="10.1.2.3"),
    "carrier": Place(address="100.64.1.1"),
    "private": Place(address="192.168.1.1"),
    "private too": Place(address="172.16.1.1"),
    "machine's own facts": Place(address="169.254.169.254"),
}


def only_the_stairs_are_open(resources: list[Resource]) -> list[str]:
    """What may leave and what may enter are the same flights: stairs, stores, names, spans; not one more or fewer."""
    policies = [each["spec"] for each in resources if each["kind"] == "NetworkPolicy"]
    if not any(spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} for spec in policies):
        return ["nothing denies"]
    ours = dict(_ours(resources))
    ways_out = {name: _rules(policies, place, "Egress") for name, place in ours.items()}
    ways_in = {name: _rules(policies, place, "Ingress") for name, place in ours.items()}
    places = AROUND | ours
    pairs = [(source, target) for source in places for target in places if source != target]
    leaves = {
        (source, target, port)
        for source, target in pairs
        for port in PORTS
        if source in ours and _passes(ways_out[source], "to", places[target], places[target], port)
    }
    enters = {
        (source, target, port)
        for source, target in pairs
        for port in PORTS
        if target in ours and _passes(ways_in[target], "from", places[source], places[target], port)
    }
    return [
        f"{what} {'is missing' if flight in WANTED else 'is open'}: {flight}"
        for what, found, side in (("a way out", leaves, 0), ("a way in", enters, 1))
        for flight in sorted(found ^ {flight for flight in WANTED if flight[side] in ours})
    ]


def _ours(resources: list[Resource]) -> Iterator[tuple[str, Place]]:
    for each in resources:
        if each["kind"] in {"Deployment", "Job"}:
            template = each["spec"]["template"]
            ports = {port["name"]: port["containerPort"] for port in template["spec"]["containers"][0].get("ports", [])}
            yield each["metadata"]["name"], Place(template["metadata"]["labels"], ports=ports)


def _rules(policies: list[dict[str, Any]], place: Place, direction: str) -> list[dict[str, Any]] | None:
    """The rules of the policies that select a pod; None where none does, and then everything passes."""
    selecting = [
        spec
        for spec in policies
        if direction in spec["policyTypes"] and _selects(spec.get("podSelector", {}), place.labels)
    ]
    return [rule for spec in selecting for rule in spec.get(direction.lower(), [])] if selecting else None


def _passes(rules: list[dict[str, Any]] | None, key: str, peer: Place, end: Place, port: int) -> bool:
    if rules is None:
        return True
    return any(
        (not rule.get("ports") or any(_port(given, end) == port for given in rule["ports"]))
        and (not rule.get(key) or any(_is(each, peer) for each in rule[key]))
        for rule in rules
    )


def _port(given: dict[str, Any], end: Place) -> int:
    port = given.get("port", 0)
    return end.ports.get(port, 0) if isinstance(port, str) else port


def _is(peer: dict[str, Any], place: Place) -> bool:
    if block := peer.get("ipBlock"):
        if not place.address:
            return False
        address = ipaddress.ip_address(place.address)
        out = any(address in ipaddress.ip_network(each) for each in block.get("except", []))
        return address in ipaddress.ip_network(block["cidr"]) and not out
    if place.address:
        return False
    if "namespaceSelector" in peer:
        spaces = _selects(peer["namespaceSelector"], place.space or {"kubernetes.io/metadata.name": "ours"})
        return spaces and _selects(peer.get("podSelector", {}), place.labels)
    return place.space is None and _selects(peer.get("podSelector", {}), place.labels)


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    if "matchExpressions" in selector:
        raise ValueError("our reading of the network knows labels only")
    return bool(selector.get("matchLabels", {}).items() <= labels.items())
