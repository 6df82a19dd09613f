"""What every rendering must hold. Each rule takes the resources and gives the faults it finds."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.k8s.reading import Resource

Rule = Callable[[list[Resource]], list[str]]

DEPLOYABLES = {"gateway", "experience", "process", "worker", "system"}
STAIRS = {
    ("outside", "gateway"),
    ("gateway", "experience"),
    ("gateway", "process"),
    ("gateway", "system"),
    ("experience", "process"),
    ("process", "system"),
    ("worker", "system"),
}
STORES = {
    ("process", "postgresql"),
    ("worker", "postgresql"),
    ("migrate", "postgresql"),
}
REACH_THE_WORLD = {"gateway", "system"}  # the issuers' keys; the vendors


def named(resources: list[Resource], kind: str) -> dict[str, Resource]:
    """The resources of one kind, by name."""
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def pods(resources: list[Resource]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every pod that will run: its name, its spec, its one container."""
    for kind in ("Deployment", "Job"):
        for name, resource in named(resources, kind).items():
            spec = resource["spec"]["template"]["spec"]
            yield name, spec, spec["containers"][0]


def everything_is_there(resources: list[Resource]) -> list[str]:
    """Each deployable has all that it takes to run, to scale and to be disturbed; the schema has its Job."""
    per_kind = {
        "Deployment": DEPLOYABLES,
        "HorizontalPodAutoscaler": DEPLOYABLES,
        "PodDisruptionBudget": DEPLOYABLES,
        "NetworkPolicy": DEPLOYABLES | {"migrate", "default-deny", "everybody"},
        "ServiceAccount": DEPLOYABLES | {"migrate"},
        "ExternalSecret": DEPLOYABLES | {"migrate"},
        "Service": DEPLOYABLES - {"worker"},
        "Job": {"migrate"},
        "HTTPRoute": {"gateway"},
    }
    faults = [
        f"{kind}: {sorted(wanted ^ set(named(resources, kind)))}"
        for kind, wanted in per_kind.items()
        if wanted != set(named(resources, kind))
    ]
    if any(each["kind"] == "Secret" for each in resources):
        faults.append("a Secret stands in the tree")
    return faults


def pods_are_restricted(resources: list[Resource]) -> list[str]:
    """No root, no privileges, nothing writable but scratch, no token of the cluster, the runtime's seccomp."""
    faults = []
    for name, spec, container in pods(resources):
        pod, own = spec.get("securityContext", {}), container.get("securityContext", {})
        held = {
            "one container": len(spec["containers"]) == 1 and "initContainers" not in spec,
            "non-root": pod.get("runAsNonRoot") is True and pod.get("runAsUser", 0) >= 10000,
            "seccomp": pod.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "no escalation": own.get("allowPrivilegeEscalation") is False,
            "not privileged": own.get("privileged") is False,
            "read-only root": own.get("readOnlyRootFilesystem") is True,
            "no capabilities": own.get("capabilities") == {"drop": ["ALL"]},
            "no token": spec.get("automountServiceAccountToken") is False,
            "own users": spec.get("hostUsers") is False,
            "own account": spec.get("serviceAccountName") == name,
            "nothing of the host": not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(),
            "plain volumes": all(
                {"configMap", "secret", "emptyDir"} & volume.keys() for volume in spec.get("volumes", [])
            ),
        }
        faults += [f"{name}: {what}" for what, kept in held.items() if not kept]
    space = next(iter(named(resources, "Namespace").values()))["metadata"]["labels"]
    if space.get("pod-security.kubernetes.io/enforce") != "restricted":
        faults.append("the namespace does not enforce it")
    return faults


def pods_are_bounded(resources: list[Resource]) -> list[str]:
    """Memory asked for is memory allowed, CPU is asked for and never cut, every mount has its volume."""
    faults = []
    for name, spec, container in pods(resources):
        asked, allowed = container["resources"]["requests"], container["resources"]["limits"]
        if asked["memory"] != allowed.get("memory") or "cpu" not in asked or "cpu" in allowed:
            faults.append(f"{name}: resources")
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        if mounted != {volume["name"] for volume in spec["volumes"]}:
            faults.append(f"{name}: volumes")
        if container["image"].rpartition(":")[2] in ("latest", container["image"]):
            faults.append(f"{name}: the image has no version")
    return faults


def deployments_roll_over(resources: list[Resource]) -> list[str]:
    """Probes tell start, readiness and life apart; a pod drains before it goes; nobody goes too early."""
    faults = []
    for name, deployment in named(resources, "Deployment").items():
        spec = deployment["spec"]["template"]["spec"]
        container = spec["containers"][0]
        paths = [container.get(f"{probe}Probe", {}).get("httpGet", {}).get("path") for probe in _PROBES]
        drain = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        held = {
            "arguments": container.get("args") == ["serve", name, "--host", "0.0.0.0", "--port", "8080"],
            "probes": paths == _HEALTH.get(name, ["/health/live", "/health/ready", "/health/live"]),
            "surge": deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": "25%"},
            "drain": name == "worker" or 5 <= drain < spec["terminationGracePeriodSeconds"],
            "spread": len(spec.get("topologySpreadConstraints", [])) == 2,
            "replicas are the scaler's": "replicas" not in deployment["spec"],
        }
        faults += [f"{name}: {what}" for what, kept in held.items() if not kept]
    return faults


_PROBES = ("startup", "readiness", "liveness")
_HEALTH = {"gateway": ["/_gateway/health"] * 3}  # it forwards every path but its own


def selectors_meet_their_pods(resources: list[Resource]) -> list[str]:
    """Deployment, Service, budget, scaler and spread of one name speak of the same pods and the same port."""
    faults = []
    for name, deployment in named(resources, "Deployment").items():
        template = deployment["spec"]["template"]
        labels = template["metadata"]["labels"].items()
        selectors = [deployment["spec"]["selector"]["matchLabels"]]
        selectors += [each["labelSelector"]["matchLabels"] for each in template["spec"]["topologySpreadConstraints"]]
        if budget := named(resources, "PodDisruptionBudget").get(name):
            selectors.append(budget["spec"]["selector"]["matchLabels"])
        if service := named(resources, "Service").get(name):
            selectors.append(service["spec"]["selector"])
            ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
            faults += [f"{name}: port" for port in service["spec"]["ports"] if port["targetPort"] not in ports]
        faults += [f"{name}: {selector}" for selector in selectors if not selector.items() <= labels]
        scaler = named(resources, "HorizontalPodAutoscaler").get(name, {"spec": {"scaleTargetRef": {}}})["spec"]
        if scaler["scaleTargetRef"].get("name") != name or not 2 <= scaler["minReplicas"] < scaler["maxReplicas"]:
            faults.append(f"{name}: scaler")
    return faults


def secrets_come_as_files(resources: list[Resource]) -> list[str]:
    """No secret is in the environment: a `_FILE` names a file of the pod's own ExternalSecret, mounted read-only."""
    faults = []
    for name, spec, container in pods(resources):
        given = named(resources, "ExternalSecret")[name]["spec"]
        keys = {each["secretKey"] for each in given.get("data", [])}
        target = [volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume]
        if target != [given["target"]["name"]]:
            faults.append(f"{name}: mounts {target}")
        for variable in container["env"]:
            folder, _, file = str(variable.get("value", "")).rpartition("/")
            is_secret = variable["name"].endswith("_FILE")
            if "valueFrom" in variable or (is_secret and (folder != "/run/secrets/sluice" or file not in keys)):
                faults.append(f"{name}: {variable['name']}")
    return faults


def only_the_stairs_are_open(resources: list[Resource]) -> list[str]:
    """Who may reach whom is the flights of stairs and the stores, and not one edge more or fewer."""
    policies = named(resources, "NetworkPolicy")
    deny = policies.get("default-deny", {}).get("spec", {})
    faults = [] if deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} else ["nothing denies"]
    leaving, entering, stores, world = set(), set(), set(), set()
    for name, policy in policies.items():
        for rule in policy["spec"].get("egress", []):
            for peer in rule.get("to", [{}]):
                other, place = _named_pod(peer), "namespaceSelector" in peer
                if "ipBlock" in peer:
                    world.add(name)
                    faults += _opens_too_much(name, peer["ipBlock"], rule["ports"])
                elif place and name != "everybody":
                    stores.add((name, other))
                elif not place:
                    leaving.add((name, other))
        for rule in policy["spec"].get("ingress", []):
            for peer in rule.get("from", [{}]):
                role = peer.get("namespaceSelector", {}).get("matchLabels", {}).get("sluice.example/role")
                entering.add(("outside" if role == "ingress" else _named_pod(peer), name))
    flights = {edge for edge in STAIRS if edge[0] != "outside"}
    for what, wanted, found in (
        ("leaves", flights, leaving),
        ("enters", STAIRS, entering),
        ("store", STORES, stores),
        ("world", REACH_THE_WORLD, world),
    ):
        faults += [f"{what}: {edge}" for edge in wanted ^ found]
    return faults


def _named_pod(peer: dict[str, Any]) -> str:
    labels = peer.get("podSelector", {}).get("matchLabels", {})
    return str(labels.get("app.kubernetes.io/name", "anybody"))


def _opens_too_much(name: str, block: dict[str, Any], ports: list[dict[str, Any]]) -> list[str]:
    private = {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"}
    is_narrow = private == set(block.get("except", [])) and [443] == [port["port"] for port in ports]
    return [] if is_narrow else [f"{name}: the world is opened too wide"]


RULES: tuple[Rule, ...] = (
    everything_is_there,
    pods_are_restricted,
    pods_are_bounded,
    deployments_roll_over,
    selectors_meet_their_pods,
    secrets_come_as_files,
    only_the_stairs_are_open,
)
