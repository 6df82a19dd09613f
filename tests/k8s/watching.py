"""What is watched is there: each figure of an alert or dashboard is one that the collector shows, by labels it has."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import yaml

from kit.store.tables import METADATA
from tests.k8s.reading import ROOT, Resource
from tests.k8s.rules import named

RUNBOOK = ROOT / "docs" / "runbooks" / "alerts.md"
RUNBOOKS = "https://docs.sluice.example/runbooks/alerts#"
OWNERS = {"platform", "delivery-operations", "finance-operations"}
SPAN_LABELS = {"service_name", "span_name", "span_kind", "status_code", "le"}
OF_THE_ENGINE = {"dbos.workflow_status"}
_NAME = re.compile(r"\bsluice_[a-z_]+\b")
_LABEL = re.compile(r"([a-z_]+)=~?\"([^\"]*)\"|by \(([a-z_, ]+)\)")
_TABLE = re.compile(r"\bfrom ([a-z_.]+)")


def figures(resources: list[Resource]) -> dict[str, set[str]]:
    """Every figure that the collector shows, with the labels it has."""
    config = collector(resources)
    found: dict[str, set[str]] = {}
    for query in config["receivers"]["sqlquery"]["queries"]:
        for metric in query["metrics"]:
            found[metric["metric_name"]] = set(metric.get("attribute_columns", []))
    space = config["connectors"]["spanmetrics"]["namespace"]
    names = ("calls_total", "duration_seconds_bucket", "duration_seconds_count", "duration_seconds_sum")
    return found | {f"{space}_{name}": SPAN_LABELS for name in names}


def collector(resources: list[Resource]) -> dict[str, Any]:
    """The collector's own settings."""
    config: dict[str, Any] = yaml.load(_data(resources, "collector.yaml"), yaml.CSafeLoader)
    return config


def asked(resources: list[Resource]) -> Iterator[tuple[str, str]]:
    """Every question put to the figures: who asks, and in what words."""
    for group in named(resources, "PrometheusRule")["sluice"]["spec"]["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for each in named(resources, "ConfigMap").values():
        for file, text in each.get("data", {}).items():
            if file.endswith(".json"):
                for panel in json.loads(text)["panels"]:
                    yield from ((f"{file}: {panel['title']}", target["expr"]) for target in panel["targets"])


def what_is_watched_is_shown(resources: list[Resource]) -> list[str]:
    """Alerts and dashboards ask for figures and labels that exist, and of nobody who is not deployed."""
    shown = figures(resources)
    faults = []
    for who, words in asked(resources):
        names = set(_NAME.findall(words))
        labels = {label for name in names for label in shown.get(name, ())}
        faults += [f"{who}: nobody shows {name}" for name in sorted(names - shown.keys())]
        for label, _, grouped in _LABEL.findall(words):
            for each in filter(None, [label, *map(str.strip, grouped.split(","))]):
                if each not in labels:
                    faults.append(f"{who}: no label {each}")
        if not names:
            faults.append(f"{who}: asks for nothing of ours")
    return faults


def alerts_lead_somewhere(resources: list[Resource]) -> list[str]:
    """Each alert has an owner, a severity, a wait, and a section in the runbook that bears its name."""
    sections = {
        f"#{line.removeprefix('## ').lower()}" for line in RUNBOOK.read_text().splitlines() if line[:3] == "## "
    }
    faults, seen = [], set()
    for group in named(resources, "PrometheusRule")["sluice"]["spec"]["groups"]:
        for rule in group["rules"]:
            name, labels, notes = rule["alert"], rule.get("labels", {}), rule.get("annotations", {})
            held = {
                "owner": labels.get("owner") in OWNERS,
                "severity": labels.get("severity") in {"page", "ticket"},
                "wait": bool(re.fullmatch(r"\d+[mh]", rule.get("for", ""))),
                "summary": bool(notes.get("summary")),
                "runbook": notes.get("runbook_url") == f"{RUNBOOKS}{name.lower()}" and f"#{name.lower()}" in sections,
                "name": name not in seen,
            }
            seen.add(name)
            faults += [f"{name}: {what}" for what, kept in held.items() if not kept]
    return faults


def spans_find_their_way(resources: list[Resource]) -> list[str]:
    """Pods send to the collector's Service; the collector listens there, and every pipe of it has both ends."""
    config, told = collector(resources), tomllib.loads(_data(resources, "sluice.toml"))["telemetry"]
    service = named(resources, "Service")["collector"]["spec"]["ports"]
    container = named(resources, "Deployment")["collector"]["spec"]["template"]["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    listens = {
        "otlp": config["receivers"]["otlp"]["protocols"]["http"]["endpoint"],
        "metrics": config["exporters"]["prometheus"]["endpoint"],
        "health": config["extensions"]["health_check"]["endpoint"],
    }
    address = urlsplit(told["otlp_endpoint"])
    monitored = {each["port"] for each in named(resources, "ServiceMonitor")["collector"]["spec"]["endpoints"]}
    wanted = named(resources, "ServiceMonitor")["collector"]["spec"]["selector"]["matchLabels"].items()
    held = {
        "the pods' address": (address.hostname, address.port, address.path) == ("collector", 4318, "/v1/traces"),
        "the Service's ports": {each["port"] for each in service if each["targetPort"] in ports} == {4318, 8889},
        "the ServiceMonitor": monitored == {"metrics"}
        and wanted <= named(resources, "Service")["collector"]["metadata"]["labels"].items(),
        "the store's address": config["receivers"]["sqlquery"]["datasource"] in _files(resources),
        "all spans are counted": told.get("sample", 1.0) == 1.0,
    }
    faults = [what for what, kept in held.items() if not kept]
    faults += [f"collector: {name} on {at}" for name, at in listens.items() if at != f"0.0.0.0:{ports.get(name)}"]
    return faults + list(_loose_ends(config)) + list(_unknown_tables(config))


def _files(resources: list[Resource]) -> set[str]:
    keys = [each["secretKey"] for each in named(resources, "ExternalSecret")["watching"]["spec"]["data"]]
    return {f"${{file:/run/secrets/sluice/{key}}}" for key in keys}


def _loose_ends(config: dict[str, Any]) -> Iterator[str]:
    both = config["connectors"].keys()
    kinds = {"receivers": config["receivers"].keys() | both, "exporters": config["exporters"].keys() | both}
    kinds["processors"] = config["processors"].keys()
    used: dict[str, set[str]] = {kind: set() for kind in kinds}
    for name, pipe in config["service"]["pipelines"].items():
        for kind, known in kinds.items():
            used[kind] |= set(pipe.get(kind, []))
            yield from (f"collector: {name} has no {each}" for each in sorted(set(pipe.get(kind, [])) - known))
    for kind, known in kinds.items():
        yield from (f"collector: nobody uses {each} of {kind}" for each in sorted(known - used[kind]))


def _unknown_tables(config: dict[str, Any]) -> Iterator[str]:
    for query in config["receivers"]["sqlquery"]["queries"]:
        for table in _TABLE.findall(re.sub(r"extract\(epoch from [^)]*\)", "", query["sql"])):
            if table not in METADATA.tables.keys() | OF_THE_ENGINE:
                yield f"collector: there is no table {table}"


def _data(resources: list[Resource], file: str) -> str:
    return next(str(each["data"][file]) for each in named(resources, "ConfigMap").values() if file in each["data"])


WATCH_RULES = (what_is_watched_is_shown, alerts_lead_somewhere, spans_find_their_way)
