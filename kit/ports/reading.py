"""Turn a request into a method's arguments; refuses, with a pointer to the fault, what the contract does not say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from contracts.problem import FieldError, Kind, Problem
from kit.ports.shape import Parameter, Shape

_AT: Final = re.compile(r" - at `(?:key in )?([^`]*)`$")
_UNKNOWN: Final = re.compile(r"unknown field `([^`]+)`")
_MISSING: Final = re.compile(r"missing required field `([^`]+)`")
_INDEX: Final = re.compile(r"\[(\d+|\.\.\.)\]")


def arguments(
    shape: Shape, *, path: Mapping[str, str], query: Iterable[tuple[str, str]], headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """The keyword arguments of one call.

    Raises:
        Problem: 400 for malformed JSON, an unknown or repeated query parameter or a missing header;
            422 for a value that breaks the contract, with a JSON pointer.

    """
    given = _query(shape, query)
    values: dict[str, Any] = {}
    for parameter in shape.parameters:
        source = {"path": path, "query": given, "header": headers}[parameter.place]
        raw = source.get(parameter.wire.lower() if parameter.place == "header" else parameter.wire)
        if raw is not None:
            values[parameter.name] = _converted(parameter, _unquoted(raw) if parameter.wire == "If-Match" else raw)
        elif parameter.required:
            raise _lacking(parameter)
    if shape.body is not None:
        values["body"] = _decoded(shape.body, body)
    return values


def _query(shape: Shape, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    known = {parameter.wire for parameter in shape.of("query")}
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in known or name in given:
            code, word = (
                ("unknown_parameter", "is not known") if name not in known else ("repeated_parameter", "stands twice")
            )
            raise _refused(code, name, f"the query parameter {name!r} {word}", status=400)
        given[name] = value
    return given


def _converted(parameter: Parameter, raw: str) -> Any:
    try:
        return msgspec.convert(raw, parameter.type, strict=False)
    except msgspec.ValidationError as fault:
        raise _refused("invalid_parameter", parameter.wire, _told(str(fault))) from None


def _unquoted(tag: str) -> str:
    """An entity tag as the service knows it, without its marks (RFC 9110 §8.8.3)."""
    return tag.strip().removeprefix("W/").strip('"')


def _lacking(parameter: Parameter) -> Problem:
    if parameter.wire == "If-Match":
        return _refused("if_match_required", "If-Match", "send the ETag of what you saw in If-Match", status=428)
    code = "idempotency_key_required" if parameter.wire == "Idempotency-Key" else "missing_parameter"
    return _refused(code, parameter.wire, f"the {parameter.place} parameter {parameter.wire} is required", status=400)


def _decoded(kind: Any, body: bytes) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as fault:
        text = str(fault)
        code = "unknown_field" if _UNKNOWN.search(text) else "invalid_field"
        raise _refused(code, pointer(text), _told(text)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Problem(
            Kind.INVALID, "malformed_json", str(fault), status=400, hint="send one JSON document in UTF-8"
        ) from None


def pointer(text: str) -> str:
    """The JSON pointer of a msgspec complaint: ``… - at `$.lines[2].name` `` is `/lines/2/name`."""
    found = _AT.search(text)
    path = _INDEX.sub(r".\1", found.group(1)) if found else "$"
    tokens = [token.replace("~", "~0").replace("/", "~1") for token in path.split(".")[1:] if token]
    named = _UNKNOWN.search(text) or _MISSING.search(text)
    if named:
        tokens.append(named.group(1).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{token}" for token in tokens)


def _told(text: str) -> str:
    return _AT.sub("", text).replace("Object", "the object")


def _refused(code: str, where: str, detail: str, *, status: int = 422) -> Problem:
    return Problem(
        Kind.INVALID,
        code,
        detail,
        status=status,
        hint="compare the request with the published contract",
        errors=(FieldError(pointer=where, code=code, detail=detail),),
    )
