"""What an account can hold: the vendor's own objects, and whatever properties and objects a firm has added."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from .errors import Fault, Refusal, invalid, invalid_values

PORTAL: Final = 44_237_313
_MOST_UNIQUE: Final = 10
_TYPES: Final = frozenset({"string", "number", "date", "datetime", "enumeration", "bool"})


@dataclass(frozen=True, slots=True)
class Property:
    """One property; `options` bind an enumeration, an empty tuple leaves it to the vendor (owners, pipelines)."""

    name: str
    type: str = "string"
    unique: bool = False
    read_only: bool = False
    options: tuple[str, ...] = ()
    vendors: bool = True

    def shown(self) -> dict[str, Any]:
        """The definition as the properties API tells it."""
        return {
            "name": self.name,
            "label": self.name,
            "type": self.type,
            "fieldType": "select" if self.type == "enumeration" else "text",
            "groupName": "sluice" if not self.vendors else "information",
            "hasUniqueValue": self.unique,
            "hubspotDefined": self.vendors,
            "calculated": self.read_only,
            "modificationMetadata": {"readOnlyValue": self.read_only, "archivable": not self.vendors},
            "options": [{"label": o, "value": o, "displayOrder": n} for n, o in enumerate(self.options)],
        }


@dataclass(slots=True)
class Kind:
    """One type of object."""

    id: str
    singular: str
    plural: str
    properties: dict[str, Property]
    default: tuple[str, ...] = ()
    stamp: str = "hs_lastmodifieddate"
    created: str = "hs_createdate"
    full_name: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Every word by which a path may call it."""
        short = {f"p_{self.singular}"} if self.full_name else set()
        return frozenset({self.id, self.singular, self.plural, self.full_name, *short} - {""})

    @property
    def scope(self) -> str:
        """The word for it in scopes."""
        return "custom" if self.full_name else self.plural


def _written(*names: str, type: str = "string") -> Iterator[Property]:  # noqa: A002 - the vendor's own word
    return (Property(name, type=type) for name in names)


def _computed(*names: str, type: str = "string") -> Iterator[Property]:  # noqa: A002 - the vendor's own word
    return (Property(name, type=type, read_only=True) for name in names)


@dataclass(frozen=True, slots=True)
class _Plan:
    id: str
    singular: str
    plural: str
    properties: tuple[Property, ...]
    default: tuple[str, ...]
    stamp: str = "hs_lastmodifieddate"
    created: str = "createdate"


_DEAL: Final = (
    *_written("dealname", "pipeline", "dealstage", "dealtype", "deal_currency_code", "description"),
    *_written("amount", type="number"),
    *_written("closedate", type="datetime"),
    *_written("hubspot_owner_id", type="enumeration"),
    *_computed("hs_is_closed_won", "hs_is_closed", type="bool"),
    *_computed("hs_deal_stage_probability", type="number"),
)
_COMPANY: Final = (
    *_written("name", "domain", "address", "city", "state", "zip", "country", "industry", "phone"),
    *_written("hubspot_owner_id", type="enumeration"),
    *_computed("hs_parent_company_id", type="number"),
)
_CONTACT: Final = (
    Property("email", unique=True),
    *_written("firstname", "lastname", "phone", "company"),
    *_written("hubspot_owner_id", type="enumeration"),
)
_LINE: Final = (
    *_written("name", "description", "hs_sku", "hs_product_id", "hs_recurring_billing_period"),
    *_written("quantity", "price", "discount", "hs_discount_percentage", "hs_cost_of_goods_sold", type="number"),
    *_written("hs_recurring_billing_start_date", type="date"),
    Property(
        "recurringbillingfrequency",
        type="enumeration",
        options=("monthly", "quarterly", "per_six_months", "annually", "per_two_years"),
    ),
    *_written("hs_line_item_currency_code"),
    *_computed("amount", type="number"),
)
_QUOTE: Final = (
    *_written("hs_title", "hs_currency", "hs_quote_number"),
    *_written("hs_expiration_date", type="datetime"),
    *_written("hs_quote_amount", type="number"),
    Property(
        "hs_status",
        type="enumeration",
        options=("DRAFT", "PENDING_APPROVAL", "APPROVAL_NOT_NEEDED", "APPROVED", "REJECTED"),
    ),
)
_PRODUCT: Final = (*_written("name", "description", "hs_sku"), *_written("price", type="number"))
_PLANS: Final = (
    _Plan("0-1", "contact", "contacts", _CONTACT, ("email", "firstname", "lastname"), stamp="lastmodifieddate"),
    _Plan("0-2", "company", "companies", _COMPANY, ("name", "domain")),
    _Plan("0-3", "deal", "deals", _DEAL, ("amount", "closedate", "dealname", "dealstage", "pipeline")),
    _Plan("0-7", "product", "products", _PRODUCT, ("name", "price")),
    _Plan("0-8", "line_item", "line_items", _LINE, ("amount", "name", "price", "quantity")),
    _Plan("0-14", "quote", "quotes", _QUOTE, ("hs_title", "hs_status"), created="hs_createdate"),
)


@dataclass(slots=True)
class Schema:
    """Every type of object of one account."""

    kinds: dict[str, Kind] = field(default_factory=dict)

    def clear(self) -> None:
        """Back to what the vendor itself defines."""
        self.kinds = {plan.id: _planned(plan) for plan in _PLANS}

    def kind(self, name: str) -> Kind:
        """The type that a path names; raises the vendor's 400, which has no category."""
        for kind in self.kinds.values():
            if name in kind.names:
                return kind
        raise Refusal(400, f"Unable to infer object type from: {name}")

    def add_kind(self, given: dict[str, Any]) -> Kind:
        """A custom object, with its properties."""
        kind = Kind(
            id=given["objectTypeId"],
            singular=given["name"],
            plural=given.get("plural", given["name"]),
            properties=_common("hs_createdate", "hs_lastmodifieddate"),
            full_name=f"p{PORTAL}_{given['name']}",
        )
        self.kinds[kind.id] = kind
        for definition in given.get("properties", ()):
            self.add_property(kind, definition)
        return kind

    def add_property(self, kind: Kind, given: dict[str, Any]) -> Property:
        """A property of the firm's own; raises for a name that is taken, a type that is none, too many unique ones."""
        name, wanted = str(given.get("name", "")), str(given.get("type", "string"))
        if wanted not in _TYPES or not name:
            raise invalid(f"Invalid input: {name} of type {wanted}")
        if name in kind.properties:
            message = f"A property named '{name}' already exists."
            raise Refusal(409, message, category="OBJECT_ALREADY_EXISTS")
        if given.get("hasUniqueValue") and sum(p.unique for p in kind.properties.values()) >= _MOST_UNIQUE:
            raise invalid(f"No more than {_MOST_UNIQUE} unique properties are allowed")
        options = tuple(str(option["value"]) for option in given.get("options", ()))
        unique = bool(given.get("hasUniqueValue"))
        added = Property(name, type=wanted, unique=unique, options=options, vendors=False)
        kind.properties[name] = added
        return added


def known(kind: Kind, names: Iterable[str]) -> None:
    """Raise PROPERTY_DOESNT_EXIST for every name that the type does not have."""
    strangers = [name for name in names if name not in kind.properties]
    if strangers:
        raise invalid_values([stranger(name) for name in strangers])


def stranger(name: str) -> Fault:
    """A property that does not exist."""
    return Fault(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')


def _planned(plan: _Plan) -> Kind:
    properties = _common(plan.created, plan.stamp) | {p.name: p for p in plan.properties}
    return Kind(
        id=plan.id,
        singular=plan.singular,
        plural=plan.plural,
        properties=properties,
        default=plan.default,
        stamp=plan.stamp,
        created=plan.created,
    )


def _common(created: str, stamp: str) -> dict[str, Property]:
    computed = (
        *_computed("hs_object_id", type="number"),
        *_computed(created, stamp, type="datetime"),
        *_computed("hs_object_source", "hs_object_source_id"),
    )
    return {item.name: item for item in computed}
