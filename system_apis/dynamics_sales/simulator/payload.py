"""What a body sets: columns by their logical names, lookups by `@odata.bind`, and nothing else."""

import re
from typing import Any, Final

from .address import target
from .call import Environment
from .catalogue import TABLES
from .reading import need
from .refusal import bad_payload
from .schema import Column, Table
from .state import Row
from .values import coerced

_BIND: Final = "@odata.bind"
_ROOT: Final = re.compile(r"^(?:https?://[^/]+)?(?:/api/data/v9\.\d)?/?")


def accepted(environment: Environment, table: Table, body: dict[str, Any], *, creating: bool) -> Row:
    """The values of a body, ready to be stored; raises the vendor's refusals and changes nothing."""
    values: Row = {}
    for name, value in body.items():
        if name.endswith(_BIND):
            values.update(_bound(environment, table, name.removesuffix(_BIND), value, creating=creating))
        elif not name.startswith("@") and "@" not in name:
            column = _column(table, name, creating=creating)
            if creating or column.type != "id":  # a row is named by its address, and keeps its id
                values[column.name] = coerced(table, column, value)
    return values


def _column(table: Table, name: str, *, creating: bool) -> Column:
    column = table.column(name)
    if column is None or column.targets:
        if column is not None or name.startswith("_"):
            reason = (
                "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."
            )
            raise bad_payload(table.plural, f"InnerException : {reason}")
        reason = f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{table.name}'."
        raise bad_payload(table.plural, f"InnerException : {reason}")
    if column.locked or (column.fixed and not creating and column.type != "id"):
        raise bad_payload(table.plural, f"InnerException : The property '{name}' cannot be set.")
    return column


def _bound(environment: Environment, table: Table, navigation: str, value: Any, *, creating: bool) -> Row:
    found = table.follow(navigation)
    if found is None:
        reason = (
            f"An undeclared property '{navigation}' which only has property annotations in the payload but no "
            "property value was found in the payload. In OData, only declared navigation properties and declared "
            "named streams can be represented as properties without values."
        )
        raise bad_payload(table.plural, f"InnerException : Microsoft.OData.ODataException: {reason}")
    column, wanted = found
    if column.locked or (column.fixed and not creating):
        raise bad_payload(table.plural, f"InnerException : The property '{navigation}' cannot be set.")
    if value is None:
        return {column.name: None}
    if not isinstance(value, str):
        raise bad_payload(table.plural, f"InnerException : '{navigation}{_BIND}' needs an address.")
    pointed = target(environment, _ROOT.sub("", value, count=1))
    if pointed.table.name != wanted:
        reason = f"A {pointed.table.name} cannot stand in '{navigation}', which leads to {TABLES[wanted].plural}."
        raise bad_payload(table.plural, f"InnerException : {reason}")
    return {column.name: need(environment, pointed)[pointed.table.key]}
