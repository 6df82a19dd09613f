"""Hold rendered files against the schemas of Kubernetes, strictly; prints JSON. Runs in .venvs/k8s, not in ours.

Usage: core.py VERSION FILE...
"""

import json
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-not-found]  # it lives in .venvs/k8s, and so does this when it runs
import yaml


def judged(file: Path, version: str) -> dict[str, Any]:
    """How many resources of a file are valid, and what is wrong with the others; custom ones are left out."""
    valid, faults = 0, []
    for each in yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader):
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            continue
        except kubernetes_validate.ValidationError as fault:
            faults.append(f"{each['kind']} {each['metadata']['name']}: {str(fault).splitlines()[0]}")
        else:
            valid += 1
    return {"valid": valid, "faults": faults}


if __name__ == "__main__":
    found = {Path(name).stem: judged(Path(name), sys.argv[1]) for name in sys.argv[2:]}
    json.dump(found, sys.stdout)
