"""`make k8s-check`: render every overlay with the real kustomize, hold it against everybody's rules, print a table.

Schemas of Kubernetes are strict (an unknown field is a fault), custom resources are held against the schemas of those
who define them, checkov against its own catalogue minus the checks that `k8s/tools/skipped.toml` gives a reason for,
and each of our own rules against every single field put wrong that `wrongs.yaml` lists. The exit code is 1 if anything
of it does not hold, or if a tool is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.k8s.admission import faults_of_admission, written_for_admission
from tests.k8s.alike import comparable
from tests.k8s.every_rule import EVERY_RULE
from tests.k8s.places import stage
from tests.k8s.reading import K8S, KUSTOMIZE, PLACES, ROOT, Resource, rendered_by_kustomize, rendered_by_us
from tests.k8s.wrongs import WRONGS

TOOLS = ROOT / ".venvs" / "k8s" / "bin"
SCHEMAS = "1.37"
SKIPPED = tomllib.loads((K8S / "tools" / "skipped.toml").read_text())
CUSTOM = {"gateway.networking.k8s.io", "keda.sh", "monitoring.coreos.com", "external-secrets.io"}


@dataclass
class Judged:
    """What was found of one overlay."""

    name: str
    resources: list[Resource]
    core: int = 0
    custom: int = 0
    passed: int = 0
    skipped: int = 0
    admitted: int = 0
    """Expressions of the admission policies that were asked of it."""
    rules: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def custom_ones(self) -> list[Resource]:
        """Those that Kubernetes itself does not know."""
        return [each for each in self.resources if each["apiVersion"].partition("/")[0] in CUSTOM]

    @property
    def own_ones(self) -> list[Resource]:
        """Those that it knows."""
        return [each for each in self.resources if each["apiVersion"].partition("/")[0] not in CUSTOM]


def main() -> int:
    """Judge everything; 0 if all of it holds."""
    began = time.monotonic()
    missing = [str(tool) for tool in (KUSTOMIZE, TOOLS / "checkov", TOOLS / "node") if not tool.exists()]
    if missing:
        sys.stderr.write(f"not to be had: {', '.join(missing)}\n")
        return 1
    folders = {name: K8S / "overlays" / name for name in PLACES} | {"cluster": K8S / "cluster"}
    judged = [Judged(name, rendered_by_kustomize(folder)) for name, folder in folders.items()]
    with tempfile.TemporaryDirectory() as written:
        for each in judged:
            (Path(written) / f"{each.name}.yaml").write_text(yaml.safe_dump_all(each.resources))
        hold_against_schemas(judged, Path(written))
        hold_against_checkov(judged, Path(written))
    with tempfile.TemporaryDirectory() as written:
        hold_against_admission(judged, Path(written))
    for each in judged:
        hold_against_customs(each)
        if comparable(each.resources) != comparable(rendered_by_us(folders[each.name])):
            each.faults.append("kustomize reads it otherwise than tests/k8s/reading.py")
        if each.name != "cluster":
            hold_against_rules(each)
    tried, missed = put_wrong(next(each for each in judged if each.name == "prod-eu").resources)
    show(judged, tried=tried, missed=missed, took_s=time.monotonic() - began)
    return 1 if missed or any(each.faults for each in judged) else 0


def hold_against_schemas(judged: list[Judged], written: Path) -> None:
    """Strictly, each resource that Kubernetes knows, by the schemas of its version."""
    files = [str(written / f"{each.name}.yaml") for each in judged]
    told = _asked([str(TOOLS / "python"), str(Path(__file__).with_name("core.py")), SCHEMAS, *files])
    for each in judged:
        found = told[each.name]
        each.core = found["valid"]
        each.faults += found["faults"]
        if each.core + len(found["faults"]) != len(each.own_ones):
            each.faults.append(f"{len(each.own_ones)} resources are Kubernetes' own, {each.core} were judged")


def hold_against_customs(each: Judged) -> None:
    """Each custom resource, by the schema of whoever defines it."""
    told = _asked([str(TOOLS / "node"), str(K8S / "tools" / "custom.mjs")], given=json.dumps(each.custom_ones))
    each.custom = told["known"] - len(told["faults"])
    each.faults += [*told["faults"], *(f"{name}: nobody knows its schema" for name in told["unknown"])]


def hold_against_checkov(judged: list[Judged], written: Path) -> None:
    """By checkov's catalogue; what fails and has no reason is a fault, and so is a reason that nothing needs."""
    command = [str(TOOLS / "checkov"), "--framework", "kubernetes", "-d", str(written), "-o", "json", "--compact"]
    told = _asked([*command, "--skip-download", "--soft-fail"])
    report = told if isinstance(told, dict) else told[0]
    if report["summary"]["parsing_errors"]:
        judged[0].faults.append(f"checkov: {report['summary']['parsing_errors']} files could not be read")
    passed = Counter(Path(check["file_path"]).stem for check in report["results"].get("passed_checks", []))
    for each in judged:
        each.passed = passed[each.name] if passed else report["summary"]["passed"]
        for check in report["results"]["failed_checks"]:
            if Path(check["file_path"]).stem != each.name:
                continue
            if stage(each.resources) in SKIPPED.get(check["check_id"], {}).get("stages", []):
                each.skipped += 1
            else:
                each.faults.append(f"checkov {check['check_id']} {check['resource']}: {check['check_name']}")
    needless = SKIPPED.keys() - {check["check_id"] for check in report["results"]["failed_checks"]}
    judged[0].faults += [f"checkov {check}: a reason is given and nothing needs it" for check in sorted(needless)]


def hold_against_admission(judged: list[Judged], written: Path) -> None:
    """By the policies that the cluster itself would ask."""
    places = {each.name: each.resources for each in judged if each.name != "cluster"}
    policies = written / "cluster.yaml"
    policies.write_text(yaml.safe_dump_all(next(each.resources for each in judged if each.name == "cluster")))
    script, files = Path(__file__).with_name("admit.py"), written_for_admission(places, written)
    told = _asked([str(TOOLS / "python"), str(script), str(policies), *map(str, files)])
    for each in judged:
        each.admitted = told[f"released {each.name}"]["asked"] if each.name in places else 0
        each.faults += [fault for fault in faults_of_admission(told, places) if fault.startswith(f"{each.name}: ")]


def hold_against_rules(each: Judged) -> None:
    """By our own."""
    for rule in EVERY_RULE:
        found = rule(each.resources)
        each.rules += not found
        each.faults += [f"{rule.__name__}: {fault}" for fault in found]


def put_wrong(resources: list[Resource]) -> tuple[int, list[str]]:
    """How often a single field was put wrong, and what no rule told."""
    rules = {rule.__name__: rule for rule in EVERY_RULE}
    tried, missed = 0, []
    for wrong in WRONGS:
        before = tried
        for name, changed in wrong.tried(resources):
            tried += 1
            if not rules[wrong.told_by](changed):
                missed.append(f"{wrong.words} in {wrong.kind} {name} is not told by {wrong.told_by}")
        if tried == before:
            missed.append(f"{wrong.words}: there is no {wrong.kind} {wrong.name}")
    return tried, missed


def show(judged: list[Judged], *, tried: int, missed: list[str], took_s: float) -> None:
    """The table, and below it each fault."""
    heads = ("objects", "schema ok", "custom ok", "checkov", "skipped", "admission", "rules")
    lines = [f"{'overlay':<10}" + "".join(f"{head:>11}" for head in heads)]
    for each in judged:
        core, custom = f"{each.core}/{len(each.own_ones)}", f"{each.custom}/{len(each.custom_ones)}"
        rules = "-" if each.name == "cluster" else f"{each.rules}/{len(EVERY_RULE)}"
        cells = (len(each.resources), core, custom, each.passed, each.skipped, each.admitted, rules)
        lines.append(f"{each.name:<10}" + "".join(f"{cell:>11}" for cell in cells))
    told = tried - len(missed)
    lines.append(f"\n{len(WRONGS)} kinds of wrong, {tried} single fields put wrong in prod-eu, {told} told")
    lines += [f"FAULT {each.name}: {fault}" for each in judged for fault in each.faults]
    lines += [f"FAULT {words}" for words in missed]
    lines.append(f"Kubernetes {SCHEMAS}; {took_s:.0f} s")
    sys.stdout.write("\n".join(lines) + "\n")


def _asked(command: list[str], *, given: str | None = None) -> Any:
    """What a tool prints, as JSON.

    Raises:
        RuntimeError: it failed; the message is what it said.

    """
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=200)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
