"""Two renderings of one place side by side, whatever the order and the suffixes that only kustomize computes."""

import json
from typing import Any

from tests.k8s.reading import Resource

GENERATED = ("sluice-settings", "collector-settings", "dashboards")


def comparable(resources: list[Resource]) -> dict[tuple[str, str], Any]:
    """By kind and name, lists in one order, generated names without their suffix."""
    return {(each["kind"], _plain(each["metadata"]["name"])): _plain(each) for each in resources}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    if isinstance(value, str) and "\n" not in value:
        return next((name for name in GENERATED if value.startswith(f"{name}-")), value)
    return value
