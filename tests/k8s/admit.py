"""Put rendered resources before the admission policies of the cluster, as an API server would; prints JSON.

Usage: admit.py POLICIES FILE...; runs in .venvs/k8s, not in ours. The expressions are read by cel-python, which is not
the reader of Kubernetes; what of a policy it cannot read is told.
"""

import json
import sys
from pathlib import Path
from typing import Any

import celpy  # type: ignore[import-not-found]  # it lives in .venvs/k8s, and so does this when it runs
import yaml

PLURALS = {"Deployment": "deployments", "Job": "jobs"}


def main(policies: list[dict[str, Any]], resources: list[dict[str, Any]]) -> dict[str, Any]:
    """How often an expression was asked, and each refusal."""
    asked, refused = 0, []
    space: dict[str, str] = next((each["metadata"]["labels"] for each in resources if each["kind"] == "Namespace"), {})
    bound = {each["spec"]["policyName"]: each["spec"] for each in policies if each["kind"].endswith("Binding")}
    for policy in (each for each in policies if each["kind"] == "ValidatingAdmissionPolicy"):
        if selects(bound[policy["metadata"]["name"]]["matchResources"]["namespaceSelector"], space):
            for each in (resource for resource in resources if matches(policy, resource)):
                asked += len(policy["spec"]["validations"])
                refused += [f"{each['kind']} {each['metadata']['name']}: {words}" for words in refusals(policy, each)]
    return {"asked": asked, "refused": refused}


def refusals(policy: dict[str, Any], resource: dict[str, Any]) -> list[str]:
    """What a policy says against a resource."""
    known = {"object": celpy.json_to_cel(resource), "variables": celpy.json_to_cel({})}
    for variable in policy["spec"].get("variables", []):
        known["variables"][variable["name"]] = value(variable["expression"], known)
    return [each["message"] for each in policy["spec"]["validations"] if not value(each["expression"], known)]


def matches(policy: dict[str, Any], resource: dict[str, Any]) -> bool:
    """Whether a policy looks at a resource of this kind."""
    group, _, version = resource["apiVersion"].rpartition("/")
    return any(
        group in rule["apiGroups"]
        and version in rule["apiVersions"]
        and PLURALS.get(resource["kind"]) in rule["resources"]
        for rule in policy["spec"]["matchConstraints"]["resourceRules"]
    )


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a binding holds in a namespace with these labels."""
    expressed = selector.get("matchExpressions", [])
    holds = all((labels.get(each["key"]) in each["values"]) == (each["operator"] == "In") for each in expressed)
    return holds and selector.get("matchLabels", {}).items() <= labels.items()


def value(expression: str, known: dict[str, Any]) -> Any:
    """What an expression comes to."""
    environment = celpy.Environment()
    return environment.program(environment.compile(expression)).evaluate(known)


if __name__ == "__main__":
    files = [Path(name) for name in sys.argv[1:]]
    read = [list(yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader)) for file in files]
    found = {file.stem: main(read[0], given) for file, given in zip(files[1:], read[1:], strict=True)}
    json.dump(found, sys.stdout)
