"""What a document takes away from callers of an earlier one; growth is no break.

A caller of the earlier document must be able to go on unchanged: what they send must still be taken, and what they
read must still be there, of the same kind. New operations, new optional members, new values in answers are growth:
a client ignores what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kit.versions.document import answer_schema, operations_of

_NONE: Final[Mapping[str, Any]] = {}
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXACT: Final = ("pattern", "format", "const", "multipleOf")


class Break(NamedTuple):
    """One difference that a caller would feel: which rule it breaks, and where."""

    rule: str
    where: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.where}: {self.rule.replace('_', ' ')}"


def breaking(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[Break]:
    """Every break, in the order of the earlier document; none when the later one only grew."""
    now = {(path, method): operation for path, method, operation in operations_of(later)}
    found: list[Break] = []
    for path, method, was in operations_of(earlier):
        where = f"{method.upper()} {path}"
        operation = now.get((path, method))
        if operation is None:
            found.append(Break("operation_removed", where))
        else:
            found += _operation(was, operation, where=where, schemas=_Schemas(earlier, later))
    return found


class _Schemas:
    """Compares schemas of two documents, each with its own components."""

    def __init__(self, earlier: Mapping[str, Any], later: Mapping[str, Any]) -> None:
        self._earlier = earlier.get("components", _NONE).get("schemas", _NONE)
        self._later = later.get("components", _NONE).get("schemas", _NONE)
        self._met: set[tuple[str, str, bool]] = set()

    def sent(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Break]:
        """What callers send: whatever was taken is still taken."""
        yield from self._compared(was, now, where, sent=True)

    def read(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Break]:
        """What callers read: whatever was there is still there."""
        yield from self._compared(was, now, where, sent=False)

    def _compared(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str, *, sent: bool) -> Iterator[Break]:
        names = (str(was.get("$ref", "")), str(now.get("$ref", "")))
        if all(names):
            if (*names, sent) in self._met:
                return
            self._met.add((*names, sent))
        was, now = _resolved(was, self._earlier), _resolved(now, self._later)
        before, after = _branches(was, self._earlier), _branches(now, self._later)
        yield from _nothing_lost(_types(before), _types(after), where, sent=sent)
        objects = [[branch for branch in each if branch.get("type") != "null"] for each in (before, after)]
        if len(objects[0]) == 1 and len(objects[1]) == 1:
            yield from self._plain(objects[0][0], objects[1][0], where, sent=sent)

    def _plain(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str, *, sent: bool) -> Iterator[Break]:
        yield from _values(was, now, where, sent=sent)
        if sent:
            yield from _bounds(was, now, where)
        if "items" in was and "items" in now:
            yield from self._compared(was["items"], now["items"], f"{where}[]", sent=sent)
        yield from self._members(was, now, where, sent=sent)

    def _members(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str, *, sent: bool) -> Iterator[Break]:
        before, after = was.get("properties", _NONE), now.get("properties", _NONE)
        needed, needed_now = set(was.get("required", ())), set(now.get("required", ()))
        for name, schema in before.items():
            at = f"{where}.{name}"
            if name not in after:
                yield Break("request_member_removed" if sent else "answer_member_removed", at)
                continue
            yield from self._compared(schema, after[name], at, sent=sent)
        if sent:
            yield from (Break("request_member_needed", f"{where}.{name}") for name in sorted(needed_now - needed))
        else:
            lost = sorted(name for name in needed - needed_now if name in after)
            yield from (Break("answer_member_uncertain", f"{where}.{name}") for name in lost)


def _operation(was: Mapping[str, Any], now: Mapping[str, Any], *, where: str, schemas: _Schemas) -> Iterator[Break]:
    if _scopes(was) != _scopes(now):
        yield Break("scope_changed", where)
    yield from _parameters(was, now, where=where, schemas=schemas)
    yield from _bodies(was.get("requestBody"), now.get("requestBody"), where=f"{where} body", schemas=schemas)
    good, good_now = _good(was), _good(now)
    if good != good_now:
        yield Break("answer_status_changed", where)
    read, read_now = answer_schema(was), answer_schema(now)
    if read is not None:
        if read_now is None:
            yield Break("answer_removed", where)
        else:
            yield from schemas.read(read, read_now, f"{where} answer")


def _parameters(was: Mapping[str, Any], now: Mapping[str, Any], *, where: str, schemas: _Schemas) -> Iterator[Break]:
    before, after = ({(each["in"], each["name"]): each for each in one.get("parameters", ())} for one in (was, now))
    for key, parameter in before.items():
        at = f"{where} {key[0]} {key[1]}"
        if key not in after:
            yield Break("parameter_removed", at)
            continue
        if after[key].get("required", False) and not parameter.get("required", False):
            yield Break("parameter_needed", at)
        yield from schemas.sent(parameter["schema"], after[key]["schema"], at)
    for key, parameter in after.items():
        if key not in before and parameter.get("required", False):
            yield Break("parameter_needed", f"{where} {key[0]} {key[1]}")


def _bodies(
    was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, *, where: str, schemas: _Schemas
) -> Iterator[Break]:
    if now is not None and now.get("required", False) and not (was or _NONE).get("required", False):
        yield Break("body_needed", where)
    if was is None:
        return
    if now is None:
        yield Break("body_removed", where)
        return
    for media, content in was["content"].items():
        if media not in now["content"]:
            yield Break("media_type_removed", f"{where} {media}")
        else:
            yield from schemas.sent(content.get("schema", _NONE), now["content"][media].get("schema", _NONE), where)


def _scopes(operation: Mapping[str, Any]) -> list[list[str]]:
    return sorted(sorted(scope for scopes in one.values() for scope in scopes) for one in operation.get("security", ()))


def _good(operation: Mapping[str, Any]) -> list[str]:
    return sorted(status for status in operation.get("responses", {}) if status.startswith("2"))


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = schemas.get(str(schema["$ref"]).rpartition("/")[2], _NONE)
    return schema


def _branches(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return [_resolved(each, schemas) for each in alternatives] or [schema]


def _types(branches: list[Mapping[str, Any]]) -> set[str]:
    """The JSON types that the alternatives take; nothing said means all of them."""
    found: set[str] = set()
    for branch in branches:
        kinds = branch.get("type", "string" if "enum" in branch else "any")
        found.update([kinds] if isinstance(kinds, str) else kinds)
    return found


def _nothing_lost(was: set[str], now: set[str], where: str, *, sent: bool) -> Iterator[Break]:
    if sent and "any" not in now and (was - now - ({"integer"} if "number" in now else set())):
        yield Break("request_type_narrowed", where)
    if not sent and "any" not in was and (now - was - ({"integer"} if "number" in was else set())):
        yield Break("answer_type_changed", where)


def _values(was: Mapping[str, Any], now: Mapping[str, Any], where: str, *, sent: bool) -> Iterator[Break]:
    before, after = was.get("enum"), now.get("enum")
    if sent and after is not None and (before is None or set(before) - set(after)):
        yield Break("request_values_removed", where)
    if not sent:
        if before is not None and after is None:
            yield Break("answer_values_opened", where)
        if before is not None and after is not None and set(before).isdisjoint(after):
            yield Break("answer_values_replaced", where)
        if was.get("format") != now.get("format"):
            yield Break("answer_format_changed", where)


def _bounds(was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Break]:
    for word in _UPPER:
        if word in now and (word not in was or now[word] < was[word]):
            yield Break("request_bound_tightened", f"{where} {word}")
    for word in _LOWER:
        if word in now and (word not in was or now[word] > was[word]):
            yield Break("request_bound_tightened", f"{where} {word}")
    for word in _EXACT:
        if word in now and now[word] != was.get(word):
            yield Break("request_form_changed", f"{where} {word}")
