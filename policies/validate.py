"""Refuses what the contract does not describe: 400 for parameters and unreadable JSON, 415, and 422 for a body.

Each fault is named by JSON pointer or parameter name; values are never repeated in the answer.
What a tier answers is held against the contract as well: reported, or by configuration refused with 502. An answer
that streams, or is too large to be held, passes unseen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, ClassVar, Final, Literal

from jsonschema_rs import Draft202012Validator, ReferencingError, ValidationError
from msgspec import Meta, Struct

from contracts.problem import FieldError, Kind, Problem
from kit.door.coerce import Unreadable, coerced, json_document, query_values
from kit.door.openapi import ContractRefused, is_json
from kit.door.operation import Operation, Parameter, Schema
from kit.door.policy import Request, Verdict
from kit.door.returned import Edit, Returned, Unread

_REMEMBERED: Final = 256
_QUERY_BYTES: Final = 256
_LOG = logging.getLogger("sluice.gateway")


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is told, and what is looked at."""

    faults: int = 20
    """Most faults named in one answer."""
    answers: Literal["report", "refuse"] = "report"
    """What becomes of an answer that breaks its contract: noted in the decision log, or refused with 502."""
    every: Annotated[int, Meta(ge=0)] = 100
    """Every which answer of an operation is looked at: 1 for all of them, 0 for none."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """An operation with its schemas compiled."""

    operation: Operation
    path: tuple[tuple[Parameter, Draft202012Validator], ...]
    query: dict[str, tuple[Parameter, Draft202012Validator]]
    header: tuple[tuple[bytes, Parameter, Draft202012Validator], ...]
    media: dict[str, Draft202012Validator | None]
    faultless: set[bytes]
    """Queries that were looked at and found good, so many short ones at most."""


class Validate:
    """Holds a request against its contract; schemas are compiled once."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "fields", "body")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, operations: Iterable[Operation]) -> None:
        self._faults = config.faults
        self._refuses = config.answers == "refuse"
        self._every = config.every
        self._turn = 0
        self._checked = {(operation.name, operation.version): _compiled(operation) for operation in operations}
        self._answers: dict[tuple[str, str], Draft202012Validator] = {}

    def __call__(self, request: Request, /) -> Verdict:
        """Check parameters, then media type, then the body; what people send to pages has no contract."""
        if request.matched.page is not None:
            return None
        checked = self._checked[request.matched.name, request.matched.version]
        if self._every and checked.operation.answer is not None:
            self._turn += 1
            if self._turn % self._every == 0:
                validator = self._answer(checked.operation, checked.operation.answer)
                request.edits = (*request.edits, self._look(request, validator))
        faults = _parameter_faults(checked, request, most=self._faults)
        if faults:
            return _refusal("validate.parameters", "see errors", status=400, errors=tuple(faults))
        if checked.operation.body is None:
            return None
        return self._body(checked, request, required=checked.operation.body.required)

    def _answer(self, operation: Operation, schema: Schema) -> Draft202012Validator:
        """Compiled when the first answer is looked at: most operations of a snapshot are never asked."""
        key = (operation.name, operation.version)
        if key not in self._answers:
            self._answers[key] = _validator(operation, schema)
        return self._answers[key]

    def _look(self, request: Request, validator: Draft202012Validator) -> Edit:
        def run(returned: Returned) -> Problem | None:
            try:
                faults = [each for error in validator.iter_errors(returned.document) for each in _faults(error)]
            except Unread:
                faults = [FieldError(pointer="", code="unreadable", detail="the answer is no JSON")]
            if not faults:
                return None
            told = ", ".join(f"{each.pointer or '/'} {each.code}" for each in faults[: self._faults])
            name = request.matched.name
            _LOG.warning("%s answered against its contract (trace %s): %s", name, request.trace_id, told)
            if not self._refuses:
                request.shadowed.append("validate.answer")
                return None
            detail = "the tier's answer breaks its contract"
            return Problem(Kind.UNEXPECTED, "validate.answer", detail, hint="report the trace id", status=502)

        return Edit("validate", run, must=False)

    def _body(self, checked: _Checked, request: Request, *, required: bool) -> Verdict:
        if request.body == b"":
            if required:
                return _refusal("validate.body_missing", "this operation takes a body", status=400)
            return None
        kind = request.fields.get(b"content-type", b"").decode("latin-1").lower()
        essence, _, options = kind.partition(";")
        if essence.strip() not in checked.media or _other_charset(essence, options):
            accepted = ", ".join(checked.media)
            request.answer.append((b"accept", accepted.encode()))
            return _refusal("validate.media_type", f"send {accepted}, in UTF-8", status=415)
        validator = checked.media[essence.strip()]
        if validator is None or request.body is None:
            return None
        return self._document(validator, request.body)

    def _document(self, validator: Draft202012Validator, body: bytes) -> Verdict:
        try:
            document = json_document(body)
            faults = [fault for error in validator.iter_errors(document) for fault in _faults(error)]
        except Unreadable as fault:
            return _refusal("validate.json", str(fault), status=400)
        except ValueError:
            return _refusal("validate.json", "a number or a text that JSON cannot hold", status=400)
        if not faults:
            return None
        return _refusal("validate.body", "see errors", status=422, errors=tuple(faults[: self._faults]))


def _parameter_faults(checked: _Checked, request: Request, *, most: int) -> list[FieldError]:
    faults: list[FieldError] = []
    if checked.path:
        for (parameter, validator), value in zip(checked.path, request.path_values, strict=True):
            faults += _value_faults(parameter, validator, [value])
    query = request.query
    if (query or checked.query) and query not in checked.faultless:
        wrong = list(islice(_query_faults(checked.query, query), most))
        faults += wrong
        if not wrong and len(query) <= _QUERY_BYTES and len(checked.faultless) < _REMEMBERED:
            checked.faultless.add(query)
    if checked.header:
        faults += _header_faults(checked, request)
    return faults[:most]


def _header_faults(checked: _Checked, request: Request) -> Iterable[FieldError]:
    for name, parameter, validator in checked.header:
        raw = request.fields.get(name)
        if raw is not None:
            text = raw.decode("latin-1")
            parts = [part.strip() for part in text.split(",")] if parameter.repeated else [text]
            yield from _value_faults(parameter, validator, parts)
        elif parameter.required:
            yield FieldError(pointer=parameter.name, code="missing", detail="this header field is needed")


def _query_faults(known: Mapping[str, tuple[Parameter, Draft202012Validator]], query: bytes) -> Iterable[FieldError]:
    given = query_values(query)
    for name, values in given.items():
        if name not in known:
            yield FieldError(pointer=name, code="unknown", detail="no such parameter")
        else:
            yield from _value_faults(*known[name], values)
    for name, (parameter, _) in known.items():
        if parameter.required and name not in given:
            yield FieldError(pointer=name, code="missing", detail="this parameter is needed")


def _value_faults(parameter: Parameter, validator: Draft202012Validator, raw: list[str]) -> Iterable[FieldError]:
    if len(raw) > 1 and not parameter.repeated:
        yield FieldError(pointer=parameter.name, code="repeated", detail="this parameter may be given once")
        return
    values = [coerced(each, types=parameter.types) for each in raw]
    for error in validator.iter_errors(values if parameter.repeated else values[0]):
        yield FieldError(pointer=parameter.name, code=error.kind.name, detail=error.message)


def _faults(error: ValidationError) -> Iterable[FieldError]:
    names: Any = (None,)
    if error.kind.name in {"additionalProperties", "unevaluatedProperties"}:
        names = getattr(error.kind, "unexpected", names)
    elif error.kind.name == "required":
        names = (getattr(error.kind, "property", None),)
    for name in names:
        path = [*error.instance_path, *([] if name is None else [name])]
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
        yield FieldError(pointer=pointer, code=error.kind.name, detail=error.message)


def _validator(operation: Operation, schema: Schema) -> Draft202012Validator:
    try:
        return Draft202012Validator(dict(schema), mask="the value", validate_formats=True, offline=True)
    except (ValidationError, ReferencingError, ValueError) as fault:
        raise ContractRefused(f"{operation.name}: {fault}") from None


def _compiled(operation: Operation) -> _Checked:
    pairs = [(parameter, _validator(operation, parameter.schema)) for parameter in operation.parameters]
    in_path = {parameter.name: (parameter, validator) for parameter, validator in pairs if parameter.place == "path"}
    lost = [name for name in operation.path_names if name not in in_path]
    if lost:
        raise ContractRefused(f"{operation.name}: {lost} in the path are no parameters")
    media = operation.body.media if operation.body else {}
    return _Checked(
        operation=operation,
        path=tuple(in_path[name] for name in operation.path_names),
        query={pair[0].name: pair for pair in pairs if pair[0].place == "query"},
        header=tuple((each.name.lower().encode(), each, check) for each, check in pairs if each.place == "header"),
        faultless=set(),
        media={kind: None if schema is None else _validator(operation, schema) for kind, schema in media.items()},
    )


def _other_charset(essence: str, options: str) -> bool:
    name, _, value = options.strip().partition("=")
    return is_json(essence) and name == "charset" and value.strip(' "') not in {"utf-8", "utf8"}


def _refusal(code: str, detail: str, *, status: int, errors: tuple[FieldError, ...] = ()) -> Problem:
    return Problem(Kind.INVALID, code, detail, status=status, errors=errors)
