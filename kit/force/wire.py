"""The platform's words as it spells them, whatever an org holds; fields we do not know are let pass."""

from __future__ import annotations

import typing

import msgspec
from msgspec import Raw, Struct, field


class Granted(Struct, frozen=True):
    """A token answer; it has no `expires_in`."""

    access_token: str


class LoginRefused(Struct, frozen=True):
    """A refusal of the token endpoint."""

    error: str
    error_description: str = ""


class VendorError(Struct, frozen=True):
    """One element of the error array."""

    message: str = ""
    code: str = field(name="errorCode", default="")
    fields: list[str] | None = None


class Page(Struct, frozen=True, kw_only=True):
    """A page of a query."""

    total: int = field(name="totalSize")
    done: bool
    next_url: str = field(name="nextRecordsUrl", default="")
    records: list[Raw]


class BatchResult(Struct, frozen=True, kw_only=True):
    """The answer to one request of a batch."""

    status: int = field(name="statusCode")
    result: Raw


class Batch(Struct, frozen=True, kw_only=True):
    """The answer to a batch: 200 although parts of it failed."""

    has_errors: bool = field(name="hasErrors")
    results: list[BatchResult]


class SaveError(Struct, frozen=True, kw_only=True):
    """Why a row was not saved; here the code is called `statusCode`."""

    code: str = field(name="statusCode", default="")
    message: str = ""
    fields: list[str] | None = None


class Saved(Struct, frozen=True, kw_only=True):
    """What became of one row of a collection."""

    id: str | None = None
    success: bool
    errors: list[SaveError] = []


def columns(kind: type[Struct], *, through: str = "") -> str:
    """The SOQL field list of a struct, parents included; `through` is the path that leads to it."""
    names: list[str] = []
    hints = typing.get_type_hints(kind)
    for part in msgspec.structs.fields(kind):
        name = f"{through}{part.encode_name}"
        parent = _parent(hints[part.name])
        names.append(columns(parent, through=f"{name}.") if parent else name)
    return ", ".join(names)


def _parent(hint: object) -> type[Struct] | None:
    """The record that a field holds, when it holds one."""
    kinds = (hint, *typing.get_args(hint))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Struct)), None)
