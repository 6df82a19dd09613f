"""What the environment tells of its tables: entity definitions, and the choices of a table."""

import re
from typing import Any, Final

from .call import Answer, Call
from .catalogue import TABLES
from .filters import Comparison, Junction, parse
from .refusal import bad_query, no_segment
from .schema import Column, Table

_NAMED: Final = re.compile(r"EntityDefinitions\(LogicalName='(\w+)'\)(?:/Attributes(?:/([\w.]+))?)?")
_PICKLIST: Final = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"


def answer(call: Call) -> Answer:
    """Everything below `EntityDefinitions`."""
    if call.path == "EntityDefinitions":
        tables = [_definition(table) for table in TABLES.values() if _meets(table, call.query.get("$filter", ""))]
        return Answer(200, {"@odata.context": _context(call), "value": [_cut(call, one) for one in tables]})
    found = _NAMED.fullmatch(call.path)
    table = TABLES.get(found.group(1)) if found else None
    if found is None or table is None:
        raise no_segment(call.path)
    if "/Attributes" not in call.path:
        return Answer(200, {"@odata.context": f"{_context(call)}/$entity", **_cut(call, _definition(table))})
    columns = table.columns.values()
    if found.group(2) == _PICKLIST:
        chosen = [_choices(column) for column in columns if column.type == "choice"]
        return Answer(
            200, {"@odata.context": f"{_context(call)}('{table.name}')/Attributes/{_PICKLIST}", "value": chosen}
        )
    if found.group(2):
        raise no_segment(found.group(2))
    return Answer(200, {"@odata.context": _context(call), "value": [_attribute(table, column) for column in columns]})


def _definition(table: Table) -> dict[str, Any]:
    return {
        "LogicalName": table.name,
        "SchemaName": table.name,
        "EntitySetName": table.plural,
        "LogicalCollectionName": table.plural,
        "PrimaryIdAttribute": table.key,
        "PrimaryNameAttribute": table.title,
        "ObjectTypeCode": table.code,
        "ChangeTrackingEnabled": table.tracked,
        "IsCustomEntity": table.name.startswith("sluice_"),
        "MetadataId": f"70816501-edb9-4740-a16c-{table.code:012x}",
    }


def _attribute(table: Table, column: Column) -> dict[str, Any]:
    kinds = {"choice": "Picklist", "id": "Uniqueidentifier", "date": "DateTime", "base": "Money", "bigint": "BigInt"}
    kind = "Customer" if len(column.targets) > 1 else kinds.get(column.type, column.type.capitalize())
    return {
        "LogicalName": column.name,
        "AttributeType": kind,
        "EntityLogicalName": table.name,
        "IsValidForCreate": not column.locked,
        "IsValidForUpdate": not (column.locked or column.fixed),
    }


def _choices(column: Column) -> dict[str, Any]:
    options = [
        {"Value": value, "Label": {"LocalizedLabels": [{"Label": label, "LanguageCode": 1033}]}}
        for value, label in column.options.items()
    ]
    return {"LogicalName": column.name, "OptionSet": {"Options": options}}


def _meets(table: Table, text: str) -> bool:
    """Definitions are filtered by equality alone, which is what the papers show."""
    if not text:
        return True
    conditions = parse(text)
    parts = conditions.parts if isinstance(conditions, Junction) else (conditions,)
    told = _definition(table)
    for part in parts:
        if not isinstance(part, Comparison) or part.sign != "eq" or part.path[0] not in told:
            raise bad_query(f"The filter '{text}' is not supported on EntityDefinitions.")
        if told[part.path[0]] != part.literals[0].value:
            return False
    return True


def _cut(call: Call, told: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in call.query.get("$select", "").split(",") if name]
    return {name: told[name] for name in names if name in told} if names else told


def _context(call: Call) -> str:
    return f"{call.root}/$metadata#EntityDefinitions"
