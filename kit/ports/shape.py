"""Read a contract's method into what travels where: path, query, headers, body, answer."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from contracts.port import Header, Operation, operations

_PATH_NAME: Final = re.compile(r"{(\w+)}")
BODY: Final = "body"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument that travels outside of the body; `wire` is the name it has there."""

    name: str
    wire: str
    place: str
    type: Any
    default: Any = msgspec.NODEFAULT

    @property
    def required(self) -> bool:
        """Whether the caller has to give it."""
        return self.default is msgspec.NODEFAULT


@dataclass(frozen=True, slots=True)
class Shape:
    """One operation of a contract, taken apart."""

    operation: Operation
    parameters: tuple[Parameter, ...]
    body: Any
    returns: Any

    @property
    def name(self) -> str:
        """The method's name."""
        return self.operation.name

    def of(self, place: str) -> tuple[Parameter, ...]:
        """The parameters that travel in `path`, `query` or `header`."""
        return tuple(parameter for parameter in self.parameters if parameter.place == place)


@cache
def shapes(contract: type) -> tuple[Shape, ...]:
    """Every operation of a contract.

    Raises:
        TypeError: the contract breaks a rule of `contracts.port`.

    """
    return tuple(_shape(contract, operation) for operation in operations(contract))


def _shape(contract: type, operation: Operation) -> Shape:
    hints = get_type_hints(operation.function, include_extras=True)
    in_path = set(_PATH_NAME.findall(operation.endpoint.path))
    parameters, body = [], None
    for name, given in inspect.signature(operation.function).parameters.items():
        if name == "self":
            continue
        if given.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise TypeError(f"{contract.__name__}.{operation.name}: {name} must be keyword-only")
        if name == BODY:
            body = hints[name]
            continue
        default = msgspec.NODEFAULT if given.default is inspect.Parameter.empty else given.default
        parameters.append(_parameter(name, hints[name], default, in_path=in_path))
    missing = in_path - {parameter.name for parameter in parameters}
    if missing:
        raise TypeError(f"{contract.__name__}.{operation.name}: the path names {sorted(missing)}, the method does not")
    return Shape(operation=operation, parameters=tuple(parameters), body=body, returns=hints["return"])


def _parameter(name: str, hint: Any, default: Any, *, in_path: set[str]) -> Parameter:
    header = (
        next((extra for extra in get_args(hint)[1:] if isinstance(extra, Header)), None) if _annotated(hint) else None
    )
    if header is not None:
        return Parameter(name=name, wire=header.name, place="header", type=_without_header(hint), default=default)
    place = "path" if name in in_path else "query"
    return Parameter(name=name, wire=name, place=place, type=hint, default=default)


def _annotated(hint: Any) -> bool:
    return get_origin(hint) is Annotated


def _without_header(hint: Any) -> Any:
    inner, *extras = get_args(hint)
    kept = [extra for extra in extras if not isinstance(extra, Header)]
    return Annotated[(inner, *kept)] if kept else inner
