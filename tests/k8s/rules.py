"""What every rendering must hold. Each rule takes the resources and gives the faults it finds."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.k8s.reading import Resource

Rule = Callable[[list[Resource]], list[str]]

DEPLOYABLES = {"gateway", "experience", "process", "worker", "system"}
ALL = DEPLOYABLES | {"collector"}


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
        "Deployment": ALL,
        "HorizontalPodAutoscaler": DEPLOYABLES - {"worker"},
        "ScaledObject": {"worker"},
        "TriggerAuthentication": {"queue"},
        "PodDisruptionBudget": ALL,
        "NetworkPolicy": ALL | {"migrate", "default-deny", "everybody"},
        "ServiceAccount": ALL | {"migrate"},
        "ExternalSecret": DEPLOYABLES | {"migrate", "watching"},
        "Service": ALL - {"worker"},
        "Job": {"migrate"},
        "Gateway": {"public"},
        "HTTPRoute": {"api", "partners", "portal", "secure"},
        "ResourceQuota": {"sluice"},
        "LimitRange": {"sluice"},
        "ServiceMonitor": {"collector"},
        "PrometheusRule": {"sluice"},
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
        if name == "collector":  # takes nothing over: one goes, then one comes
            faults += [] if deployment["spec"]["strategy"] == {"type": "Recreate"} else [f"{name}: two would count"]
            faults += [] if deployment["spec"]["replicas"] == 1 else [f"{name}: one counts"]
            faults += [] if None not in paths else [f"{name}: probes"]
            continue
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
    """Deployment, Service, budget and spread of one name speak of the same pods and the same port."""
    faults = []
    for name, deployment in named(resources, "Deployment").items():
        template = deployment["spec"]["template"]
        labels = template["metadata"]["labels"].items()
        selectors = [deployment["spec"]["selector"]["matchLabels"]]
        spread = template["spec"].get("topologySpreadConstraints", [])
        selectors += [each["labelSelector"]["matchLabels"] for each in spread]
        if budget := named(resources, "PodDisruptionBudget").get(name):
            selectors.append(budget["spec"]["selector"]["matchLabels"])
        if service := named(resources, "Service").get(name):
            selectors.append(service["spec"]["selector"])
            ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
            faults += [f"{name}: port" for port in service["spec"]["ports"] if port["targetPort"] not in ports]
        faults += [f"{name}: {selector}" for selector in selectors if not selector.items() <= labels]
    return faults


def secrets_come_as_files(resources: list[Resource]) -> list[str]:
    """No secret is in the environment: a `_FILE` names a file of the pod's own ExternalSecret, mounted read-only."""
    faults = []
    for name, spec, container in pods(resources):
        given = named(resources, "ExternalSecret")["watching" if name == "collector" else name]["spec"]
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


def scalers_have_room(resources: list[Resource]) -> list[str]:
    """Each deployable is scaled by one scaler, between two and more; the queue is asked by a role that exists."""
    faults = []
    bounds = {
        name: (each["spec"]["minReplicas"], each["spec"]["maxReplicas"], each["spec"])
        for name, each in named(resources, "HorizontalPodAutoscaler").items()
    } | {
        name: (each["spec"].get("minReplicaCount", 0), each["spec"]["maxReplicaCount"], each["spec"])
        for name, each in named(resources, "ScaledObject").items()
    }
    for name, (least, most, spec) in bounds.items():
        target = spec["scaleTargetRef"]
        if (target["apiVersion"], target["kind"], target["name"]) != ("apps/v1", "Deployment", name):
            faults.append(f"{name}: scales {target}")
        if not 2 <= least < most:
            faults.append(f"{name}: from {least} to {most}")
    for name, scaled in named(resources, "ScaledObject").items():
        spare = scaled["spec"].get("fallback", {}).get("replicas", 0)
        if not bounds[name][0] <= spare <= bounds[name][1]:
            faults.append(f"{name}: {spare} workers while nobody knows the queue")
        for trigger in scaled["spec"]["triggers"]:
            faults += _asks(name, trigger, resources)
    return faults


def _asks(name: str, trigger: dict[str, Any], resources: list[Resource]) -> list[str]:
    if "authenticationRef" not in trigger:
        return [] if trigger["type"] == "cpu" else [f"{name}: asks {trigger['type']} as nobody"]
    known = named(resources, "TriggerAuthentication").get(trigger["authenticationRef"]["name"])
    if known is None:
        return [f"{name}: asks as somebody unknown"]
    secrets = {each["spec"]["target"]["name"]: each["spec"] for each in named(resources, "ExternalSecret").values()}
    return [
        f"{name}: {reference['name']} has no {reference['key']}"
        for reference in known["spec"]["secretTargetRef"]
        if reference["key"] not in {each["secretKey"] for each in secrets.get(reference["name"], {"data": []})["data"]}
    ]


RULES: tuple[Rule, ...] = (
    everything_is_there,
    pods_are_restricted,
    pods_are_bounded,
    deployments_roll_over,
    selectors_meet_their_pods,
    secrets_come_as_files,
    scalers_have_room,
)
