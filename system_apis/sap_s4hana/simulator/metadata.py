"""`$metadata`: the service described in EDMX, version 2 with SAP's annotations, version 4 without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import quoteattr

from system_apis.sap_s4hana.simulator.schema import EntitySet, Kind, Property, Service

_V2: Final = {Kind.DAY: "DateTime", Kind.MOMENT: "DateTimeOffset"}
_V4: Final = {Kind.DAY: "Date", Kind.MOMENT: "DateTimeOffset"}
_BOTH: Final = {
    Kind.TEXT: "String", Kind.FLAG: "Boolean", Kind.AMOUNT: "Decimal", Kind.GUID: "Guid", Kind.COUNT: "Int32",
}  # fmt: skip  # five pairs, read as one table
_EDMX2: Final = (
    '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
    'xmlns:sap="http://www.sap.com/Protocols/SAPData"><edmx:DataServices m:DataServiceVersion="2.0">'
    '<Schema Namespace="{name}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
)
_EDMX4: Final = (
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
    '<Schema Namespace="{name}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)
_END: Final = "</Schema></edmx:DataServices></edmx:Edmx>"


def document(service: Service) -> str:
    """The EDMX of a service."""
    head = (_EDMX2 if service.version == 2 else _EDMX4).format(name=service.name)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', head]
    for entity in service.sets.values():
        lines += _entity_type(service, entity)
    if service.version == 2:
        lines += _associations(service)
    lines += _container(service)
    return "".join([*lines, _END])


def _entity_type(service: Service, entity: EntitySet) -> Iterator[str]:
    yield f"<EntityType Name={quoteattr(entity.type_name)}><Key>"
    yield from (f"<PropertyRef Name={quoteattr(name)}/>" for name in entity.keys)
    yield "</Key>"
    for prop in entity.properties.values():
        yield _property(service, entity, prop)
    for link in entity.links.values():
        if service.version == 2:
            ends = f'Relationship="{service.name}.{_association(entity, link.name)}" FromRole="here" ToRole="there"'
            yield f"<NavigationProperty Name={quoteattr(link.name)} {ends}/>"
        else:
            plain = f"{service.name}.{service.sets[link.target].type_name}"
            kind = f"Collection({plain})" if link.many else plain
            yield f"<NavigationProperty Name={quoteattr(link.name)} Type={quoteattr(kind)}/>"
    yield "</EntityType>"


def _property(service: Service, entity: EntitySet, prop: Property) -> str:
    table = _BOTH | (_V2 if service.version == 2 else _V4)
    facets = [f'Name="{prop.name}"', f'Type="Edm.{table[prop.kind]}"']
    if prop.name in entity.keys:
        facets.append('Nullable="false"')
    if prop.length:
        facets.append(f'MaxLength="{prop.length}"')
    if prop.kind is Kind.AMOUNT:
        facets.append('Precision="24" Scale="9"' if service.version == 2 else 'Precision="24" Scale="variable"')
    if service.version == 2:
        facets += [f'sap:creatable="{_word(prop.create)}"', f'sap:updatable="{_word(prop.update)}"']
        facets += ['Precision="0" sap:display-format="Date"'] if prop.kind is Kind.DAY else []
        facets += ['Precision="0"'] if prop.kind is Kind.MOMENT else []
    return f"<Property {' '.join(facets)}/>"


def _associations(service: Service) -> Iterator[str]:
    for entity in service.sets.values():
        for link in entity.links.values():
            target = service.sets[link.target]
            ends = (("here", entity, "1"), ("there", target, "*" if link.many else "0..1"))
            yield f'<Association Name="{_association(entity, link.name)}">'
            for role, one, many in ends:
                yield f'<End Type="{service.name}.{one.type_name}" Multiplicity="{many}" Role="{role}"/>'
            yield "</Association>"


def _container(service: Service) -> Iterator[str]:
    default = ' m:IsDefaultEntityContainer="true"' if service.version == 2 else ""
    yield f'<EntityContainer Name="{service.name}_Entities"{default}>'
    for entity in service.sets.values():
        kinds = f'Name="{entity.name}" EntityType="{service.name}.{entity.type_name}"'
        if service.version == 2:
            may = (("creatable", entity.creatable), ("updatable", entity.updatable), ("deletable", entity.deletable))
            marks = [f'sap:{name}="{_word(told)}"' for name, told in may]
            yield f"<EntitySet {kinds} {' '.join(marks)}/>"
            continue
        yield f"<EntitySet {kinds}>"
        yield from (
            f'<NavigationPropertyBinding Path="{link.name}" Target="{link.target}"/>' for link in entity.links.values()
        )
        yield "</EntitySet>"
    if service.version == 2:
        for entity in service.sets.values():
            for link in entity.links.values():
                name = _association(entity, link.name)
                yield f'<AssociationSet Name="{name}Set" Association="{service.name}.{name}">'
                yield f'<End EntitySet="{entity.name}" Role="here"/><End EntitySet="{link.target}" Role="there"/>'
                yield "</AssociationSet>"
        yield from _functions(service)
    yield "</EntityContainer>"


def _functions(service: Service) -> Iterator[str]:
    for name, function in service.functions.items():
        given = f"{service.name}.{service.sets[function.returns].type_name}"
        yield f'<FunctionImport Name="{name}" ReturnType="{given}" EntitySet="{function.returns}" m:HttpMethod="POST">'
        for parameter, kind in function.parameters.items():
            yield f'<Parameter Name="{parameter}" Type="Edm.{_BOTH[kind]}" Mode="In"/>'
        yield "</FunctionImport>"


def _association(entity: EntitySet, link: str) -> str:
    return f"assoc_{entity.name}_{link}"


def _word(told: object) -> str:
    return "true" if told else "false"
