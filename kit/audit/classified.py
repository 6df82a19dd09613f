"""Which classified fields an answer shows: found in the answer itself; what was left out of it is not shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from msgspec import UNSET, Meta, Struct

from contracts.canonical.field import Classification

_LEVELS: Final = tuple(Classification)


class Shown(Struct, frozen=True, kw_only=True):
    """What an answer shows: fields as `Noun.field`, in order, and the ids of what they stand in."""

    fields: tuple[str, ...]
    ids: tuple[str, ...]


@cache
def looker(kind: Any, *, least: Classification) -> Callable[[Any], Shown] | None:
    """What looks for fields of a level or above it in answers of a type; None where the type has none."""
    above = frozenset(_LEVELS[_LEVELS.index(least) :])
    possible = frozenset(_possible(kind, above, seen=set()))
    if not possible:
        return None

    def look(answer: Any) -> Shown:
        found: set[str] = set()
        ids: dict[str, None] = {}
        for noun, field in _shown(answer, above):
            found.add(field)
            ids.update(dict.fromkeys(_id_of(noun)))
        return Shown(fields=tuple(sorted(found)), ids=tuple(ids))

    return look


def _possible(kind: Any, above: frozenset[Classification], *, seen: set[Any]) -> Iterator[str]:
    for part in (kind, *get_args(kind)):
        if isinstance(part, type) and issubclass(part, Struct) and part not in seen:
            seen.add(part)
            for name, classified, inner in _fields(part, above):
                if classified:
                    yield f"{part.__name__}.{name}"
                yield from _possible(inner, above, seen=seen)
        elif part is not kind and get_args(part):
            yield from _possible(part, above, seen=seen)


@cache
def _fields(noun: type[Struct], above: frozenset[Classification]) -> tuple[tuple[str, bool, Any], ...]:
    """The fields of a noun: name, whether it is classified, and its type."""
    hints = get_type_hints(noun, include_extras=True)
    return tuple((name, bool(_levels(hints[name]) & above), hints[name]) for name in noun.__struct_fields__)


def _levels(hint: Any) -> set[str]:
    if get_origin(hint) is not Annotated:
        return set()
    metas = [each for each in get_args(hint)[1:] if isinstance(each, Meta)]
    return {str((each.extra_json_schema or {}).get("x-classification", "")) for each in metas}


def _shown(value: Any, above: frozenset[Classification]) -> Iterator[tuple[Struct, str]]:
    """Each classified field that holds something, with the noun it stands in."""
    if isinstance(value, Struct):
        for name, classified, _ in _fields(type(value), above):
            held = getattr(value, name)
            if classified and held is not UNSET and held not in (None, "", [], {}):
                yield value, f"{type(value).__name__}.{name}"
            yield from _shown(held, above)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _shown(each, above)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _shown(each, above)


def _id_of(noun: Struct) -> list[str]:
    """The noun's own id: the first of its fields that is one."""
    for name in noun.__struct_fields__:
        held = getattr(noun, name)
        if (name == "id" or name.endswith("_id")) and isinstance(held, str) and held:
            return [held]
    return []
