"""Two readings of a kustomization: kubectl's, and our own, which needs no tool and knows what we use of it."""

import copy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
NAMED_LISTS = ("containers", "env", "volumes", "volumeMounts", "ports")  # merged by name, as the API does
KNOWN = {"apiVersion", "kind", "namespace", "resources", "configMapGenerator", "labels", "patches"}


def rendered_by_kubectl(folder: Path) -> list[Resource]:
    """What a cluster would be given."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise FileNotFoundError("kubectl")
    done = subprocess.run([kubectl, "kustomize", str(folder)], check=True, capture_output=True, text=True)
    return [each for each in yaml.load_all(done.stdout, yaml.CSafeLoader) if each]


def rendered_by_us(folder: Path) -> list[Resource]:
    """The same, by our own reading: resources, maps of settings, patches, namespace and labels; else it refuses."""
    recipe = _load(folder / "kustomization.yaml")[0]
    if unknown := recipe.keys() - KNOWN:
        raise ValueError(f"{folder}: our reading does not know {sorted(unknown)}")
    resources = [each for name in recipe.get("resources", []) for each in _resources(folder / name)]
    for settings in recipe.get("configMapGenerator", []):
        files = {Path(file).name: (folder / file).read_text() for file in settings["files"]}
        resources.append(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": settings["name"]}, "data": files}
        )
    for patch in recipe.get("patches", []):
        resources = [_patched(each, patch, folder) for each in resources]
    for resource in resources:
        _label(resource, recipe.get("labels", []))
        if namespace := recipe.get("namespace"):
            key = "name" if resource["kind"] == "Namespace" else "namespace"
            resource["metadata"][key] = namespace
    return resources


READINGS: dict[str, Callable[[Path], list[Resource]]] = {"ours": rendered_by_us}
if shutil.which("kubectl"):
    READINGS["kubectl"] = rendered_by_kubectl


def _load(path: Path) -> list[Any]:
    return [each for each in yaml.load_all(path.read_text(), yaml.CSafeLoader) if each]


def _resources(path: Path) -> list[Resource]:
    return rendered_by_us(path) if path.is_dir() else _load(path)


def _patched(resource: Resource, patch: dict[str, Any], folder: Path) -> Resource:
    changes = _load(folder / patch["path"]) if "path" in patch else [yaml.safe_load(patch["patch"])]
    wanted = patch.get("target") or {"kind": changes[0]["kind"], "name": changes[0]["metadata"]["name"]}
    if wanted["kind"] != resource["kind"] or wanted.get("name", "") not in ("", resource["metadata"]["name"]):
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
    if operation["op"] != "replace":
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
        if each.get("includeTemplates") and "template" in resource.get("spec", {}):
            resource["spec"]["template"]["metadata"]["labels"].update(each["pairs"])
