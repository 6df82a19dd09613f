"""The system-of-record matrix: the declarations of the canonical fields, completed by `matrix.toml`.

Refuses a file that names what is not declared, and a declared field that nobody owns.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

from contracts.canonical.field import Classification, Noun, Record
from contracts.canonical.master import ConflictRule, FieldRule, Kind, NounRule, RecordMatrix
from contracts.canonical.party import Customer, Hierarchy, LegalEntity
from contracts.canonical.project import Evidence, Project
from contracts.canonical.rates import RateCard
from kit.settings import SettingsError

FILE: Final = Path(__file__).with_name("matrix.toml")
NOUNS: Final[Mapping[Kind, type[Noun]]] = {
    Kind.CUSTOMER: Customer,
    Kind.HIERARCHY: Hierarchy,
    Kind.CONTRACT: Evidence,
    Kind.LEGAL_ENTITY: LegalEntity,
    Kind.PROJECT: Project,
    Kind.RATE_CARD: RateCard,
}


class _Said(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file says of a field."""

    owner: Record | None = None
    creates: list[Record] | None = None
    changes: list[Record] | None = None
    approval: str | None = None
    conflict: ConflictRule | None = None
    latency_s: int | None = None
    fixed: bool = False


class _SaidOfNoun(Struct, frozen=True, forbid_unknown_fields=True):
    creates: list[Record]
    latency_s: int | None = None
    derived: bool = False
    fields: dict[str, _Said] = field(default_factory=dict)


class _Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    creates: list[Record]
    changes: list[Record]
    conflict: ConflictRule
    latency_s: int


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    defaults: _Defaults
    nouns: dict[Kind, _SaidOfNoun]


@dataclass(frozen=True)
class Declared:
    """One field as the canonical model declares it."""

    path: str
    hint: Any
    record: Record | None
    classification: str


@dataclass(frozen=True)
class Matrix:
    """The rules by field, and what a value of each has to be."""

    version: str
    rules: Mapping[tuple[Kind, str], FieldRule]
    creates: Mapping[Kind, frozenset[Record]]
    hints: Mapping[tuple[Kind, str], Any]

    def published(self, noun: Kind | None = None) -> RecordMatrix:
        """What anybody may read."""
        kinds = [kind for kind in self.creates if noun in {None, kind}]
        return RecordMatrix(
            version=self.version,
            nouns=[NounRule(noun=kind, creates=sorted(self.creates[kind])) for kind in kinds],
            items=[rule for (kind, _), rule in self.rules.items() if noun in {None, kind}],
        )


def declared(kind: type[Struct], prefix: str = "") -> Iterator[Declared]:
    """Every field of a noun; one without a declaration of its own is entered, and so are the items of lists."""
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if name.startswith("_") or name not in kind.__struct_fields__:
            continue
        path, said, inner = f"{prefix}{name}", _said(hint), _struct(hint)
        if inner is not None and "x-system-of-record" not in said:
            yield from declared(inner, f"{path}.")
            continue
        record = Record(said["x-system-of-record"]) if "x-system-of-record" in said else None
        yield Declared(path, hint, record, said.get("x-classification", Classification.INTERNAL.value))
        item = _item(hint)
        if item is not None:
            yield from declared(item, f"{path}[].")


def read_matrix(text: str) -> Matrix:
    """The matrix of a file.

    Raises:
        SettingsError: with every fault at once.

    """
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise SettingsError(f"matrix.toml: {fault}") from None
    faults = [f"nothing is said of {kind}" for kind in NOUNS if kind not in file.nouns]
    rules: dict[tuple[Kind, str], FieldRule] = {}
    hints: dict[tuple[Kind, str], Any] = {}
    for kind, said in file.nouns.items():
        known = {each.path: each for each in declared(NOUNS[kind])}
        faults += [f"{kind}.{path} is not declared" for path in said.fields if path not in known]
        for path, each in known.items():
            hints[kind, path] = each.hint
            rule = _rule(kind, each, said, file.defaults, listed=rules)
            if rule is None:
                faults.append(f"{kind}.{path} has no system of record")
            else:
                rules[kind, path] = rule
    if faults:
        raise SettingsError("matrix.toml: " + "; ".join(faults))
    creates = {kind: frozenset(said.creates) for kind, said in file.nouns.items()}
    return Matrix(version=file.version, rules=rules, creates=creates, hints=hints)


def _rule(
    kind: Kind,
    each: Declared,
    said: _SaidOfNoun,
    defaults: _Defaults,
    *,
    listed: Mapping[tuple[Kind, str], FieldRule],
) -> FieldRule | None:
    own = said.fields.get(each.path, _Said())
    record = own.owner or each.record
    whole = listed.get((kind, each.path.rpartition("[].")[0]))
    if record is None and whole is not None:
        record = whole.record  # what stands in a list is owned as the list is, unless it says otherwise
    if record is None:
        return None
    return FieldRule(
        noun=kind,
        field=each.path,
        record=record,
        classification=each.classification,
        creates=defaults.creates if own.creates is None else own.creates,
        changes=defaults.changes if own.changes is None else own.changes,
        approval=whole.approval if whole is not None else own.approval,  # a list is changed, and approved, as a whole
        conflict=own.conflict or defaults.conflict,
        latency_s=own.latency_s or said.latency_s or defaults.latency_s,
        fixed=own.fixed or said.derived,
    )


def _said(hint: Any) -> dict[str, Any]:
    """What a declaration says, also where it stands in a union with nothing."""
    if get_origin(hint) is Annotated:
        for note in reversed(hint.__metadata__):
            if isinstance(note, Meta) and note.extra_json_schema:
                return dict(note.extra_json_schema)
        return _said(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return next((found for part in get_args(hint) if (found := _said(part))), {})
    return {}


def _bare(hint: Any) -> Any:
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return next((_bare(part) for part in get_args(hint) if part is not type(None)), None)
    return hint


def _struct(hint: Any) -> type[Struct] | None:
    bare = _bare(hint)
    return bare if isinstance(bare, type) and issubclass(bare, Struct) else None


def _item(hint: Any) -> type[Struct] | None:
    bare = _bare(hint)
    return _struct(get_args(bare)[0]) if get_origin(bare) is list else None
