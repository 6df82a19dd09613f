"""How a contract says method, path, scope, struct in and struct out.

A contract is a `Protocol` whose methods carry one of these decorators.
`kit.ports` serves it at one end and calls it at the other; nothing here performs I/O.

Rules of a contract method: keyword-only arguments; names in the path are path parameters;
an argument called `body` is the JSON body; `Annotated[str, Header("Name")]` is a request header;
everything else is a query parameter. A returned struct with an `etag` field sets the ETag header; one that says
`NO_STORE` is kept by nobody on its way. A `Download` is a file of the stated media type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from msgspec import Struct

F = TypeVar("F", bound=Callable[..., object])

MARK: Final = "__endpoint__"
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
COMMON_PROBLEMS: Final = (400, 401, 403, 429, 503)


@dataclass(frozen=True, slots=True)
class Header:
    """Marks an argument that travels as the request header `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One promise of a contract: what to call, which scope it needs, which answers it may give."""

    method: str
    path: str
    scope: str
    status: int
    problems: tuple[int, ...]
    tag: str
    media: str = JSON

    @property
    def reads(self) -> bool:
        """Whether the call leaves everything as it was."""
        return self.method == "GET"

    @property
    def repeatable(self) -> bool:
        """Whether sending the same call twice equals sending it once."""
        return self.method in {"GET", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint together with the method that carries it."""

    name: str
    endpoint: Endpoint
    function: Callable[..., Any]


class Download(Struct, frozen=True, kw_only=True):
    """A file: it may be asked for in parts (RFC 9110 §14), and another follows it where `next_cursor` is not empty."""

    content: bytes
    next_cursor: str = ""


def _endpoint(
    method: str, path: str, *, scope: str, status: int, problems: tuple[int, ...], media: str = JSON
) -> Callable[[F], F]:
    tag = path.strip("/").split("/", 1)[0]
    answers = tuple(sorted({*COMMON_PROBLEMS, *problems}))
    endpoint = Endpoint(method=method, path=path, scope=scope, status=status, problems=answers, tag=tag, media=media)

    def mark(function: F) -> F:
        setattr(function, MARK, endpoint)
        return function

    return mark


def get(path: str, *, scope: str, problems: tuple[int, ...] = ()) -> Callable[[F], F]:
    """A read, answered 200."""
    return _endpoint("GET", path, scope=scope, status=200, problems=problems)


def download(path: str, *, scope: str, media: str, problems: tuple[int, ...] = ()) -> Callable[[F], F]:
    """A read whose answer is a `Download` of this media type: whole with 200, a part of it with 206."""
    return _endpoint("GET", path, scope=scope, status=200, problems=(416, *problems), media=media)


def put(path: str, *, scope: str, problems: tuple[int, ...] = ()) -> Callable[[F], F]:
    """Create or replace by the caller's own key, answered 200; safe to repeat."""
    return _endpoint("PUT", path, scope=scope, status=200, problems=(422, *problems))


def delete(path: str, *, scope: str, problems: tuple[int, ...] = ()) -> Callable[[F], F]:
    """Take back what stands under the key, answered 204; safe to repeat.

    Where the vendor can tell that nothing ever stood there the answer may be 404; both mean that nothing stands now.
    """
    return _endpoint("DELETE", path, scope=scope, status=204, problems=problems)


def post(path: str, *, scope: str, status: int = 200, problems: tuple[int, ...] = ()) -> Callable[[F], F]:
    """A command; 202 where the work goes on after the answer."""
    return _endpoint("POST", path, scope=scope, status=status, problems=(422, *problems))


def operations(contract: type) -> Iterator[Operation]:
    """Every endpoint of a contract, in the order in which the contract states them."""
    for name, function in vars(contract).items():
        endpoint = getattr(function, MARK, None)
        if isinstance(endpoint, Endpoint):
            yield Operation(name=name, endpoint=endpoint, function=function)
