"""What is let in: the paths that the gateway offers, to the hosts that may have them, for as long as it may take."""

import re
import tomllib
from typing import Any

from gateway.app import OWN
from kit.web.live import LIFETIME_S
from tests.k8s.reading import ROOT, Resource
from tests.k8s.rules import named

CATALOGUE = tomllib.loads((ROOT / "gateway" / "routes.toml").read_text())
OURS = {own.decode().rstrip("/"): 10.0 for own in OWN}
"""Where the gateway answers for itself, and seconds it may need."""
SPARE_S = 10.0
"""How much longer a route may wait than the gateway, which then answers in its own words."""
NOT_FOR_PARTNERS = {"/process", "/system", "/tower", "/approvals", "/client", "/partner", "/portal", "/static"}


def offered() -> dict[str, float]:
    """Every prefix of the gateway and after how many seconds it has answered at the latest."""
    found = dict(OURS)
    for product in CATALOGUE["product"]:
        found[product["prefix"]] = max(found.get(product["prefix"], 0.0), product["deadline_s"])
    return found | {pages["prefix"]: LIFETIME_S for pages in CATALOGUE["pages"]}


def routes_are_the_catalogue(resources: list[Resource]) -> list[str]:
    """All prefixes are let in and no other; nobody is cut off before the gateway answers, or waits much longer."""
    faults, seen = [], set()
    known = offered()
    for name, rule, path in _paths(resources):
        seen.add(path)
        deadline_s, waits_s = known.get(path), _seconds(rule.get("timeouts", {}).get("request", "0s"))
        if deadline_s is None:
            faults.append(f"{name}: {path} is nothing of the gateway's")
        elif not deadline_s < waits_s <= max(deadline_s + SPARE_S, LIFETIME_S * 1.5 * (deadline_s == LIFETIME_S)):
            faults.append(f"{name}: {path} waits {waits_s} s for {deadline_s} s")
        if name == "partners" and path in NOT_FOR_PARTNERS:
            faults.append(f"partners: {path} is not for them")
    return faults + [f"{path}: nobody is let in" for path in sorted(known.keys() - seen)]


def routes_lead_to_the_door(resources: list[Resource]) -> list[str]:
    """Every route hangs on a listener that takes its host, and leads to a port that a Service has."""
    listeners = {each["name"]: each for each in named(resources, "Gateway")["public"]["spec"]["listeners"]}
    ports = {
        (name, port["port"]) for name, each in named(resources, "Service").items() for port in each["spec"]["ports"]
    }
    faults = []
    for name, route in named(resources, "HTTPRoute").items():
        for parent in route["spec"]["parentRefs"]:
            listener = listeners.get(parent.get("sectionName", ""), {})
            if parent["name"] != "public" or not listener:
                faults.append(f"{name}: hangs on {parent}")
            faults += [
                f"{name}: {host} is not of {listener['hostname']}"
                for host in route["spec"].get("hostnames", [])
                if listener and host.partition(".")[2] != listener["hostname"].removeprefix("*.")
            ]
        for rule in route["spec"]["rules"]:
            targets = {(each["name"], each["port"]) for each in rule.get("backendRefs", [])}
            is_sent_on = any(each["type"] == "RequestRedirect" for each in rule.get("filters", []))
            if targets != ({*()} if is_sent_on else {("gateway", 80)}) or not targets <= ports:
                faults.append(f"{name}: leads to {sorted(targets)}")
    hosts = [host for each in named(resources, "HTTPRoute").values() for host in each["spec"].get("hostnames", [])]
    if len(hosts) != len(set(hosts)) or len(hosts) != 3:
        faults.append(f"hosts: {hosts}")
    return faults + _listens(listeners)


def _listens(listeners: dict[str, dict[str, Any]]) -> list[str]:
    secure, clear = listeners.get("https", {}), listeners.get("http", {})
    faults = []
    if secure.get("tls", {}).get("mode") != "Terminate" or not secure.get("tls", {}).get("certificateRefs"):
        faults.append("https: no certificate")
    if (secure.get("port"), secure.get("protocol")) != (443, "HTTPS") or clear.get("port") != 80:
        faults.append("listeners: ports")
    return faults


def _paths(resources: list[Resource]) -> list[tuple[str, dict[str, Any], str]]:
    return [
        (name, rule, match["path"]["value"] if match["path"]["type"] == "PathPrefix" else "")
        for name, route in named(resources, "HTTPRoute").items()
        if name != "secure"
        for rule in route["spec"]["rules"]
        for match in rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}])
    ]


def _seconds(words: str) -> float:
    found = re.fullmatch(r"(\d+)s", words)
    return float(found[1]) if found else 0.0


ROUTE_RULES = (routes_are_the_catalogue, routes_lead_to_the_door)
