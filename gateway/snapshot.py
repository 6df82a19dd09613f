"""One immutable picture of what is offered; refuses a bad one with the file and the reason.

Compiled from routes.toml, the published OpenAPI documents and the tiers' addresses. A request lives to its
end on the picture it began with.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import msgspec

from gateway.lifecycle import LifeRefused, Lived, contract_of, dated, life, line_of, ways
from gateway.locate import product_line, toml_line
from gateway.pages import Pages, PagesRefused, page_operations, read_pages
from gateway.terms import read_plans, termed
from kit.door.lifecycle import Life, Line
from kit.door.openapi import ContractRefused, read
from kit.door.operation import Operation
from kit.door.plan import Plan
from kit.door.routing import Router, RouteRefused
from kit.versions.translation import Translation

RESERVED = ("/_gateway", "/portal", "/oauth", "/.well-known", "/static")
"""Prefixes at which the gateway answers for itself."""


class Product(Lived, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tier's document behind a prefix."""

    name: str
    """What operations are known by."""
    title: str
    """For people."""
    owner: str
    """Who answers for it."""
    prefix: str
    """What outsiders put in front; the tier does not see it."""
    upstream: str
    """The tier that answers, and the audience of the internal token."""
    documents: tuple[str, ...]
    """Names of OpenAPI documents, with * for any."""
    mount: str = ""
    """What the tier puts in front of the documents' paths."""
    audiences: tuple[str, ...] = ("internal",)
    """Whom it is meant for: staff, client, partner, internal. Each audience has a document of its own."""
    classification: Literal["public", "internal", "confidential", "restricted"] = "internal"
    """The most sensitive that it answers with."""
    lifecycle: Literal["preview", "active", "deprecated", "retired"] = "active"
    """Where it stands; a retired one is told of and no longer offered."""


class SnapshotRefused(Exception):
    """What was to be offered cannot be; says in which file, in which line where that is known, and why."""

    def __init__(self, file: str, reason: str, *, line: int = 0) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is offered, from one moment on. `documents` are as outsiders see them, by product."""

    hash: str
    compiled_at: datetime
    operations: tuple[Operation, ...]
    router: Router
    upstreams: Mapping[str, str]
    documents: Mapping[str, bytes]
    products: tuple[Product, ...]
    plans: tuple[Plan, ...]
    """What consumers have agreed on; the first that holds for one counts."""
    versioned: tuple[Operation, ...]
    """The operations of products with dated versions, as each version describes them."""
    life: Life
    """Versions, closings, rests, and what is hidden."""
    translations: Mapping[tuple[str, str], Translation]
    """How requests and answers are carried between versions, by version and operation name."""
    routes: str
    """The text of routes.toml it was made from."""
    pages: tuple[Pages, ...] = ()
    """Pages for people."""
    page_operations: tuple[Operation, ...] = ()
    """What the door asks of them."""


def compile_snapshot(
    *,
    routes: Path,
    documents: Mapping[str, Mapping[str, Any]],
    upstreams: Mapping[str, str],
    now: datetime,
    text: str | None = None,
) -> Snapshot:
    """Put the picture together, from `text` where it is given and from the file `routes` where not.

    Raises:
        SnapshotRefused: a file is unreadable or contradicts another.

    """
    text = _read(routes) if text is None else text
    products, plans, pages = _offered(routes, text, upstreams=upstreams)
    for_people = page_operations(pages)
    gathered = _Gathered(documents)
    for number, product in enumerate(products):
        if product.upstream not in upstreams:
            reason = f"product {product.name}: no address for upstream {product.upstream}"
            raise SnapshotRefused(str(routes), reason, line=product_line(text, number, key="upstream"))
        if product.lifecycle == "retired":
            continue
        at = product_line(text, number, key="documents")
        if product.version:
            gathered.take_dated(product, routes=routes, line=at)
        else:
            gathered.take(product, _named(product, documents, routes=routes, line=at))
    try:
        router = Router(gathered.operations, pages=for_people)
    except RouteRefused as fault:
        raise SnapshotRefused(str(routes), str(fault)) from None
    return Snapshot(
        hash=_hash(text.encode(), gathered.published, upstreams),
        compiled_at=now,
        operations=tuple(gathered.operations),
        router=router,
        upstreams=dict(upstreams),
        documents=gathered.published,
        products=products,
        plans=plans,
        versioned=gathered.versioned,
        life=life({product.name: product for product in products}, gathered.operations, lines=gathered.lines),
        translations=gathered.translations,
        routes=text,
        pages=pages,
        page_operations=for_people,
    )


class _Gathered:
    """What the products' documents offer, product by product; `operations` are those of the newest versions."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self._documents = documents
        self.operations: list[Operation] = []
        self.lines: dict[str, Line] = {}
        self.translations: dict[tuple[str, str], Translation] = {}
        self.published: dict[str, bytes] = {}

    @property
    def versioned(self) -> tuple[Operation, ...]:
        lines = self.lines.values()
        return tuple(one for line in lines for own in line.operations.values() for one in own.values())

    def take(self, product: Product, names: Iterable[str]) -> None:
        for name in names:
            self.operations += _operations(product, name, self._documents[name])
            self._publish(product, name)

    def take_dated(self, product: Product, *, routes: Path, line: int) -> None:
        try:
            contract = contract_of(product.documents)
            named = dated(product, self._documents, contract=contract)
            self.translations |= ways(product.name, contract, documents=self._documents, versions=named)
        except LifeRefused as fault:
            raise SnapshotRefused(str(routes), f"product {product.name}: {fault}", line=line) from None
        found = {version: list(_operations(product, name, self._documents[name])) for version, name in named.items()}
        self.lines[product.name] = line_of(product, product.name, operations=found)
        self.operations += next(iter(found.values()))
        for name in named.values():
            self._publish(product, name)

    def _publish(self, product: Product, name: str) -> None:
        outside = {**self._documents[name], "servers": [{"url": product.prefix + product.mount}]}
        self.published.setdefault(product.name, msgspec.json.encode(outside))
        self.published[name] = msgspec.json.encode(outside)


def _read(routes: Path) -> str:
    try:
        return routes.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise SnapshotRefused(str(routes), str(fault)) from None


def _offered(
    routes: Path, text: str, *, upstreams: Mapping[str, str]
) -> tuple[tuple[Product, ...], tuple[Plan, ...], tuple[Pages, ...]]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise SnapshotRefused(str(routes), str(fault), line=toml_line(str(fault))) from None
    try:
        plans = read_plans(tree.pop("plan", []))
    except ValueError as fault:
        raise SnapshotRefused(str(routes), str(fault)) from None
    given, for_people = tree.pop("product", None), tree.pop("pages", [])
    if tree or not isinstance(given, list):
        strange = ", ".join(sorted(tree)) or "no"
        reason = f"a list of [[product]] is understood, [[pages]] and [[plan]]; here: {strange}"
        raise SnapshotRefused(str(routes), reason)
    products: list[Product] = []
    for number, raw in enumerate(given):
        product = _product(raw, routes=routes, text=text, number=number)
        if any(product.name == other.name for other in products):
            line = product_line(text, number, key="name")
            raise SnapshotRefused(str(routes), f"two products have one name: {product.name}", line=line)
        products.append(product)
    taken = {*RESERVED, *(each.name for each in products), *(f"/{each.prefix.split('/')[1]}" for each in products)}
    try:
        pages = read_pages(for_people, upstreams=upstreams, taken=taken)
    except PagesRefused as fault:
        line = product_line(text, fault.number, reason=str(fault), key=fault.key, table="pages")
        raise SnapshotRefused(str(routes), str(fault), line=line) from None
    return tuple(products), plans, pages


def _product(raw: Any, *, routes: Path, text: str, number: int) -> Product:
    try:
        product = msgspec.convert(raw, Product)
    except msgspec.ValidationError as fault:
        line = product_line(text, number, reason=str(fault))
        raise SnapshotRefused(str(routes), str(fault), line=line) from None
    prefix = product.prefix
    if not prefix.startswith("/") or prefix.endswith("/") or "{" in prefix or prefix.startswith(RESERVED):
        line = product_line(text, number, key="prefix")
        raise SnapshotRefused(str(routes), f"product {product.name}: {prefix!r} is no prefix", line=line)
    return product


def _named(product: Product, documents: Mapping[str, Any], *, routes: Path, line: int) -> list[str]:
    names = [name for name in documents if any(fnmatchcase(name, wanted) for wanted in product.documents)]
    if not names:
        wanted = ", ".join(product.documents)
        reason = f"product {product.name}: there is no document called {wanted}"
        raise SnapshotRefused(str(routes), reason, line=line)
    return names


def _operations(product: Product, name: str, document: Mapping[str, Any]) -> Iterator[Operation]:
    try:
        found = read(
            document,
            product=product.name,
            prefix=product.prefix,
            mount=product.mount,
            upstream=product.upstream,
        )
        for operation in found:
            yield termed(operation, product)
    except ContractRefused as fault:
        raise SnapshotRefused(f"{name}.json", str(fault)) from None
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise SnapshotRefused(f"{name}.json", f"no OpenAPI document: {fault!r}") from None


def _hash(routes: bytes, documents: Mapping[str, bytes], upstreams: Mapping[str, str]) -> str:
    digest = hashlib.sha256(routes)
    addresses = {name: address.encode() for name, address in upstreams.items()}
    for part in (documents, addresses):
        for name, raw in sorted(part.items()):
            digest.update(b"%d %b %d " % (len(name), name.encode(), len(raw)))
            digest.update(raw)
    return digest.hexdigest()
