// Holds resources that Kubernetes itself does not know against the schemas of those who define them.
// Reads a JSON list of resources from standard input; writes {known, faults, unknown} as JSON.
import { readFileSync } from "node:fs";

const MODELS = {
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "external-secrets.io": "@kubernetes-models/external-secrets",
};

async function model(resource) {
  const [group, version] = resource.apiVersion.split("/");
  const module = MODELS[group];
  if (module === undefined) return undefined;
  try {
    return (await import(`${module}/${group}/${version}`))[resource.kind];
  } catch (fault) {
    if (fault.code === "ERR_MODULE_NOT_FOUND" || fault.code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return undefined;
    throw fault;
  }
}

const found = { known: 0, faults: [], unknown: [] };
for (const resource of JSON.parse(readFileSync(0, "utf8"))) {
  const name = `${resource.kind} ${resource.metadata.name}`;
  const Model = await model(resource);
  if (Model === undefined) {
    found.unknown.push(name);
    continue;
  }
  found.known += 1;
  try {
    new Model(resource).validate();
  } catch (fault) {
    found.faults.push(`${name}: ${fault.message}`);
  }
}
process.stdout.write(JSON.stringify(found));
