"""What the portal shows of a snapshot, in the words of its readers; pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.snapshot import Product, Snapshot
from kit.door.meter import Usage
from kit.door.operation import Operation

METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One operation as a line of the catalogue and as a page."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    scopes: tuple[str, ...]
    limits: tuple[str, ...]
    group: str
    deadline_s: float
    version: str
    product: Product
    consumers: int
    calls: int
    spec: Mapping[str, Any] = field(default_factory=dict)
    shared: tuple[Mapping[str, Any], ...] = ()

    @property
    def parameters(self) -> tuple[Mapping[str, Any], ...]:
        """Parameters of the path item and of the operation."""
        return (*self.shared, *self.spec.get("parameters", ()))

    @property
    def body(self) -> Mapping[str, Any] | None:
        """What may be sent as JSON."""
        content: Mapping[str, Any] = self.spec.get("requestBody", {}).get("content", {})
        found: Mapping[str, Any] | None = content.get("application/json")
        return found

    @property
    def example(self) -> str:
        """An example of a body, to begin with."""
        return json.dumps(self.body["example"], indent=2) if self.body and "example" in self.body else ""


def entries(snapshot: Snapshot, usage: Iterable[Usage]) -> list[Entry]:
    """Every operation, by product and path."""
    products = {product.name: product for product in snapshot.products}
    calls, consumers = _counted(usage)
    specs = dict(_specs(snapshot))
    found = [
        _entry(operation, products[operation.product], specs[operation.name], calls=calls, consumers=consumers)
        for operation in snapshot.operations
    ]
    return sorted(found, key=lambda entry: (list(products).index(entry.product.name), entry.path, entry.method))


def for_audience(snapshot: Snapshot, audience: str) -> dict[str, Any] | None:
    """One OpenAPI 3.1 document with all that an audience is offered; None when that is nothing."""
    offered = [product for product in snapshot.products if audience in product.audiences]
    parts = [(product, document) for product in offered for document in _documents(snapshot, product)]
    if not parts:
        return None
    paths: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {}
    for product, document in parts:
        renamed = _renamed(document, product.name if len(parts) > 1 else "")
        paths.update({product.prefix + product.mount + path: item for path, item in renamed["paths"].items()})
        for kind, named in renamed.get("components", {}).items():
            _merge(components.setdefault(kind, {}), named)
    versions = sorted({str(document["info"]["version"]) for _, document in parts})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Sluice for {audience}s" if audience != "staff" else "Sluice for staff",
            "version": versions[-1],
            "description": "; ".join(f"{product.title} ({product.owner})" for product in offered),
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def audiences(snapshot: Snapshot) -> list[str]:
    """Everybody for whom there is a document."""
    return sorted({audience for product in snapshot.products for audience in product.audiences})


def schemas(snapshot: Snapshot, product: Product) -> dict[str, Any]:
    """The structures a product speaks of, by name."""
    found: dict[str, Any] = {}
    for document in _documents(snapshot, product):
        found |= document.get("components", {}).get("schemas", {})
    return found


def reached(schemas: Mapping[str, Any], *parts: Any) -> dict[str, Any]:
    """Those structures that these parts speak of, directly or by others, in the order of their names."""
    found: set[str] = set()
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
    return {name: schemas[name] for name in schemas if name in found}


def _entry(
    operation: Operation,
    product: Product,
    placed: tuple[Mapping[str, Any], Mapping[str, Any], str],
    *,
    calls: Mapping[str, int],
    consumers: Mapping[str, set[str]],
) -> Entry:
    spec, item, version = placed
    return Entry(
        name=operation.name,
        method=operation.method,
        path=operation.path,
        summary=str(spec.get("summary", "")),
        about=str(spec.get("description", "")),
        scopes=tuple(sorted(" and ".join(sorted(each)) for each in operation.scopes)),
        limits=tuple(each.strip() for each in operation.limits.split(";") if each.strip()),
        group=operation.group,
        deadline_s=operation.deadline_s,
        version=version,
        product=product,
        consumers=len(consumers.get(operation.name, ())),
        calls=calls[operation.name],
        spec=spec,
        shared=tuple(item.get("parameters", ())),
    )


def _counted(usage: Iterable[Usage]) -> tuple[Counter[str], dict[str, set[str]]]:
    calls: Counter[str] = Counter()
    consumers: dict[str, set[str]] = {}
    for row in usage:
        calls[row.operation] += row.count
        consumers.setdefault(row.operation, set()).add(row.consumer)
    return calls, consumers


def _documents(snapshot: Snapshot, product: Product) -> Iterator[dict[str, Any]]:
    if product.name in snapshot.documents:
        yield json.loads(snapshot.documents[product.name])


def _specs(snapshot: Snapshot) -> Iterator[tuple[str, tuple[Mapping[str, Any], Mapping[str, Any], str]]]:
    for product in snapshot.products:
        for document in _documents(snapshot, product):
            version = str(document["info"]["version"])
            for item in document.get("paths", {}).values():
                for method in METHODS:
                    if method in item:
                        yield f"{product.name}.{item[method]['operationId']}", (item[method], item, version)


def _renamed(document: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The document with its components under names of its own, so that two products may both have a `Page`."""
    if not prefix:
        return document
    text = json.dumps(document)
    for kind, named in document.get("components", {}).items():
        if kind in {"schemas", "responses"}:
            for name in named:
                text = text.replace(f'"#/components/{kind}/{name}"', f'"#/components/{kind}/{prefix}.{name}"')
    renamed: dict[str, Any] = json.loads(text)
    for kind, named in renamed.get("components", {}).items():
        if kind in {"schemas", "responses"}:
            renamed["components"][kind] = {f"{prefix}.{name}": part for name, part in named.items()}
    return renamed


def _merge(into: dict[str, Any], named: Mapping[str, Any]) -> None:
    for name, part in named.items():
        if name in into and isinstance(part, dict) and "flows" in part:
            for flow, settings in part["flows"].items():
                into[name]["flows"].setdefault(flow, settings).setdefault("scopes", {}).update(settings["scopes"])
        else:
            into.setdefault(name, part)
