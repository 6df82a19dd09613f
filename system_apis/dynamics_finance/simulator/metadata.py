"""`$metadata`: what the sets are, which is answered to every token, also where the rows are not."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import quoteattr

from system_apis.dynamics_finance.simulator.catalogue import SETS
from system_apis.dynamics_finance.simulator.schema import EntitySet, Field

_SPACE: Final = "Microsoft.Dynamics.DataEntities"
_TYPES: Final = {
    "text": "Edm.String",
    "decimal": "Edm.Decimal",
    "day": "Edm.DateTimeOffset",
    "moment": "Edm.DateTimeOffset",
}


def document() -> bytes:
    """The model as XML."""
    enums = {field.enum: field.members for kind in SETS.values() for field in kind.fields.values() if field.enum}
    lists = "".join(f"<EnumType Name={quoteattr(name)}>{_members(enums[name])}</EnumType>" for name in sorted(enums))
    types = "".join(_type(kind) for kind in SETS.values())
    sets = "".join(
        f"<EntitySet Name={quoteattr(kind.name)} EntityType={quoteattr(f'{_SPACE}.{kind.entity}')}/>"
        for kind in SETS.values()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="{_SPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">{lists}{types}'
        f'<EntityContainer Name="Resources">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    ).encode()


def _type(kind: EntitySet) -> str:
    keys = "".join(f"<PropertyRef Name={quoteattr(name)}/>" for name in kind.key)
    fields = "".join(_property(field) for field in kind.fields.values())
    return f"<EntityType Name={quoteattr(kind.entity)}><Key>{keys}</Key>{fields}</EntityType>"


def _property(field: Field) -> str:
    kind = f"{_SPACE}.{field.enum}" if field.enum else _TYPES[field.kind]
    return f"<Property Name={quoteattr(field.name)} Type={quoteattr(kind)}/>"


def _members(members: tuple[str, ...]) -> str:
    return "".join(f"<Member Name={quoteattr(name)} Value={quoteattr(str(at))}/>" for at, name in enumerate(members))
