"""Compiles what routes.toml says of the life of products; refuses versions that no document describes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from gateway.terms import Terms
from kit.door.lifecycle import Close, Hide, Life, Line, Pin, Rest, StepUp, Version
from kit.door.operation import Operation
from kit.versions import ChangeRefused, history
from kit.versions.translation import Translation, translations


class Lived(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a product says about its life."""

    version: tuple[Version, ...] = ()
    """Its dated versions; `documents` is then one name that ends in `-*`, the contract's."""
    pin: tuple[Pin, ...] = ()
    """Which version was agreed with whom."""
    hide: tuple[Hide, ...] = ()
    """What is left out of answers."""
    step_up: tuple[StepUp, ...] = ()
    """What asks for more than a token."""
    close: tuple[Close, ...] = ()
    """When the books are closed."""
    period_bound: tuple[str, ...] = ()
    """Operation ids, with * for any, that write into a period of the books."""
    maintenance: tuple[Rest, ...] = ()
    """When it is at rest."""


class LifeRefused(Exception):
    """The life of a product contradicts its documents or itself; the message says how."""


def contract_of(documents: tuple[str, ...]) -> str:
    """The contract whose dated documents a product names.

    Raises:
        LifeRefused: it names anything else.

    """
    if len(documents) != 1 or not documents[0].endswith("-*"):
        raise LifeRefused('a product with versions names one document, "contract-*"')
    return documents[0].removesuffix("-*")


def dated(product: Lived, documents: Mapping[str, Any], *, contract: str) -> dict[str, str]:
    """The document of each version that is still offered, and of the newest there is: version to name, newest first.

    Raises:
        LifeRefused: a version has no document, a successor or pin is no version, or a deprecated one has no dates.

    """
    there = {name.removeprefix(f"{contract}-"): name for name in documents if name.startswith(f"{contract}-")}
    offered = {version.name: version for version in product.version}
    if len(offered) != len(product.version):
        raise LifeRefused("two versions have one name")
    for version in product.version:
        if version.state != "retired" and version.name not in there:
            raise LifeRefused(f"version {version.name} has no document {contract}-{version.name}.json")
        if version.successor and version.successor not in offered:
            raise LifeRefused(f"the successor of {version.name} is {version.successor}, which is no version")
        if version.state == "deprecated" and (version.deprecated_on is None or version.sunset_on is None):
            raise LifeRefused(f"{version.name} is deprecated and does not say since when and until when")
    for pin in product.pin:
        if pin.version not in offered:
            raise LifeRefused(f"{pin.client} is pinned to {pin.version}, which is no version")
    live = {name for name, version in offered.items() if version.state != "retired"} | {max(there, default="")}
    return {name: there[name] for name in sorted(live, reverse=True) if name}


def line_of(product: Lived, name: str, *, operations: Mapping[str, Iterable[Operation]]) -> Line:
    """A product's versions with their operations, those of the newest first."""
    pins = {pin.client: pin.version for pin in product.pin}
    by_version = {
        version: {each.name: replace(each, version=version) for each in found} for version, found in operations.items()
    }
    return Line(
        product=name,
        newest=next(iter(by_version)),
        versions={version.name: version for version in product.version},
        pins=pins,
        operations=by_version,
    )


def ways(
    product: str, contract: str, *, documents: Mapping[str, Mapping[str, Any]], versions: Mapping[str, str]
) -> dict[tuple[str, str], Translation]:
    """How each operation of each offered version is carried to the newest, by version and operation name.

    Raises:
        LifeRefused: the changes do not lead from the newest document to the others.

    """
    newest = documents[next(iter(versions.values()))]
    try:
        known = history(contract)
        return {
            (version, f"{product}.{operation}"): translation
            for version in versions
            for operation, translation in translations(newest, known, version).items()
        }
    except (ChangeRefused, LookupError, ValueError) as fault:
        raise LifeRefused(str(fault)) from None


def life(products: Mapping[str, Lived], operations: Iterable[Operation], *, lines: Mapping[str, Line]) -> Life:
    """Everything that products say of their life, by the names of operations."""
    bound: dict[str, tuple[Close, ...]] = {}
    hidden: dict[str, tuple[Hide, ...]] = {}
    stepped: dict[str, tuple[StepUp, ...]] = {}
    for operation in operations:
        product = products[operation.product]
        own = operation.name.removeprefix(f"{operation.product}.")
        if _named(own, product.period_bound):
            bound[operation.name] = product.close
        rules = tuple(rule for rule in product.hide if _named(own, rule.operations))
        if rules:
            hidden[operation.name] = rules
        asked = tuple(rule for rule in product.step_up if _named(own, rule.operations))
        if asked:
            stepped[operation.name] = asked
    rests = {name: product.maintenance for name, product in products.items() if product.maintenance}
    return Life(lines=dict(lines), bound=bound, rests=rests, hidden=hidden, stepped=stepped)


def _named(name: str, wanted: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, each) for each in wanted)
