"""Every operation of every published document, with what a request to it needs; read from the documents alone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Final

import gateway
from kit.tier.documents import committed
from tests.authz.sampling import Sampler

ROUTES: Final = tomllib.loads(Path(str(gateway.__file__)).with_name("routes.toml").read_text(encoding="utf-8"))
OWNERSHIP: Final = tomllib.loads(Path(__file__).with_name("ownership.toml").read_text(encoding="utf-8"))
METHODS: Final = ("get", "post", "put", "patch", "delete")
PLACES: Final = frozenset({"connection", "noun", "period", "legal_entity_id"})
"""Parameters that name a place and no object of anybody's."""


@dataclass(frozen=True)
class Offered:
    """One operation of one document."""

    document: str
    product: Mapping[str, Any]
    name: str
    method: str
    path: str
    scopes: tuple[frozenset[str], ...]
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    answer: Mapping[str, Any] | None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters of the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def names_object(self) -> bool:
        """Whether the path names something that belongs to somebody."""
        return not PLACES.issuperset(self.parameters)

    def url(self, values: Mapping[str, str]) -> str:
        """The address as the gateway offers it."""
        return str(self.product["prefix"]) + self.path.format(**values)

    def __str__(self) -> str:
        return f"{self.document}: {self.method} {self.path} ({self.name})"


@cache
def every_operation() -> tuple[Offered, ...]:
    """All that is published, in the order of documents and paths."""
    return tuple(each for name, document in committed().items() for each in _of(name, document))


@cache
def every_scope() -> tuple[str, ...]:
    """All scopes that any operation asks for."""
    return tuple(sorted({scope for each in every_operation() for scopes in each.scopes for scope in scopes}))


def guards_of(name: str) -> list[Mapping[str, Any]]:
    """The guards of ownership.toml that an operation fits."""
    return [each for each in OWNERSHIP["guards"] if any(fnmatch(name, wanted) for wanted in each["operations"])]


def object_of(operation: Offered, parameter: str) -> str | None:
    """What ownership.toml seeds for a parameter of an operation's path; the contract's own line goes first."""
    lines: Mapping[str, str] = OWNERSHIP["objects"]
    own = [value for key, value in lines.items() if _is_own(key, operation.name, parameter)]
    return own[0] if own else lines.get(f"*.{parameter}")


def is_stepped(operation: Offered) -> bool:
    """Whether routes.toml asks for a proof of who is there, at least for some bodies."""
    rules = operation.product.get("step_up", ())
    return any(fnmatch(operation.name, wanted) for rule in rules for wanted in rule["operations"])


def _is_own(key: str, name: str, parameter: str) -> bool:
    contract, _, wanted = key.partition(".")
    return wanted == parameter and contract != "*" and name.startswith(f"{contract}_")


def _of(name: str, document: Mapping[str, Any]) -> Iterator[Offered]:
    (product,) = (each for each in ROUTES["product"] if any(fnmatch(name, wanted) for wanted in each["documents"]))
    sampler = Sampler(document)
    for path, item in document["paths"].items():
        for method in (each for each in METHODS if each in item):
            found = item[method]
            given = [sampler.resolved(each) for each in (*item.get("parameters", ()), *found.get("parameters", ()))]
            needed = {each["name"]: str(sampler.of(each["schema"])) for each in given if each.get("required")}
            places = {each["name"]: each["in"] for each in given}
            headers = {key: value for key, value in needed.items() if places[key] == "header"}
            if product.get("version"):
                headers["Sluice-Version"] = document["info"]["version"]
            yield Offered(
                document=name,
                product=product,
                name=found["operationId"],
                method=method.upper(),
                path=path,
                scopes=tuple(frozenset(each["oauth2"]) for each in found["security"]),
                headers=headers,
                query={key: value for key, value in needed.items() if places[key] == "query"}
                | OWNERSHIP["queries"].get(found["operationId"], {}),
                body=_body(found, sampler),
                answer=_answer(found, document),
            )


def _body(operation: Mapping[str, Any], sampler: Sampler) -> Any:
    if "requestBody" not in operation:
        return None
    content = sampler.resolved(operation["requestBody"])["content"]
    sampled = sampler.of(content["application/json"]["schema"])
    named: Mapping[str, Any] = OWNERSHIP["bodies"].get(operation["operationId"], {})
    return {**sampled, **named} if named else sampled


def _answer(operation: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    good = next(told for status, told in operation["responses"].items() if status.startswith("2"))
    schema = good.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else {**schema, "components": document["components"]}
