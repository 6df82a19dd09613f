"""What stands between the slashes: entity sets, keys in parentheses, and who is meant by them."""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from .call import Environment
from .catalogue import SETS
from .refusal import bad_query, no_key, no_segment
from .schema import Table
from .state import Key, Row
from .values import coerced, guid

_SEGMENT: Final = re.compile(r"([A-Za-z_]\w*)(?:\((.*)\))?", re.DOTALL)
_PAIR: Final = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*('(?:[^']|'')*'|[^,']+)\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Target:
    """A table, and which row of it: by id, or by an alternate key with its values."""

    table: Table
    row_id: str = ""
    key: Key | None = None
    values: Row | None = None

    def find(self, environment: Environment) -> Row | None:
        """The row, if it is there."""
        if self.key is None:
            return environment.store.find(self.table.name, self.row_id)
        return environment.store.keyed(self.key, self.values or {})


def target(environment: Environment, segment: str) -> Target:
    """Read `accounts`, `accounts(guid)` or `accounts(accountnumber='C-1')`; raises the vendor's 404 or 400."""
    found = _SEGMENT.fullmatch(unquote(segment))
    table = SETS.get(found.group(1)) if found else None
    if found is None or table is None:
        raise no_segment(unquote(segment).partition("(")[0])
    inside = found.group(2)
    if inside is None:
        return Target(table)
    row_id = guid(inside)
    return Target(table, row_id) if row_id else _keyed(environment, table, inside)


def _keyed(environment: Environment, table: Table, inside: str) -> Target:
    values: dict[str, Any] = {}
    place = 0
    while place < len(inside):
        pair = _PAIR.match(inside, place)
        if pair is None:
            raise bad_query(f"Bad Request - Error in query syntax: '{table.plural}({inside})'.")
        values[pair.group(1)] = pair.group(2)
        place = pair.end()
    if set(values) == {table.key} and guid(values[table.key]):
        return Target(table, str(guid(values[table.key])))
    read: Row = {}
    for name, written in values.items():
        column = table.column(name)
        if column is None:
            raise no_key(table.name)
        literal = written[1:-1].replace("''", "'") if written.startswith("'") else written
        number = column.type in {"integer", "choice"} and literal.lstrip("-").isdigit()
        read[column.name] = (
            str(guid(literal)) if column.targets else coerced(table, column, int(literal) if number else literal)
        )
    for key in environment.store.keys:
        if key.table == table.name and set(key.columns) == set(read) and key.status == "Active":
            return Target(table, key=key, values=read)
    raise no_key(table.name)
