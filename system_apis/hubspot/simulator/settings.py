"""What an administrator sets: properties, pipelines, custom objects, owners, and facts of the account itself."""

from typing import Any

from .errors import Refusal
from .router import Account, Answer, Call, Route
from .schema import PORTAL


def _properties(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    kind = account.store.schema.kind(parts[0])
    return Answer(200, {"results": [prop.shown() for prop in kind.properties.values()]})


def _property(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    found = account.store.schema.kind(parts[0]).properties.get(parts[1])
    if found is None:
        raise Refusal(404, f'Property "{parts[1]}" does not exist', category="OBJECT_NOT_FOUND")
    return Answer(200, found.shown())


def _add_property(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    schema = account.store.schema
    return Answer(201, schema.add_property(schema.kind(parts[0]), call.json()).shown())


def _pipelines(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    _deals_only(account, parts[0])
    return Answer(200, {"results": account.store.pipelines.shown()})


def _pipeline(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    _deals_only(account, parts[0])
    return Answer(200, account.store.pipelines.shown(parts[1])[0])


def _change_pipeline(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    """Change a pipeline's label: every deal counts as changed at one and the same moment."""
    _deals_only(account, parts[0])
    store = account.store
    store.pipelines.rename(parts[1], str(call.json().get("label", "")))
    store.touch_all(store.schema.kind("deals"))
    return Answer(200, store.pipelines.shown(parts[1])[0])


def _deals_only(account: Account, name: str) -> None:
    if account.store.schema.kind(name).plural != "deals":
        raise Refusal(400, f"{name} has no pipelines here", category="VALIDATION_ERROR")


def _owners(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    email, archived = call.one("email"), call.one("archived") == "true"
    found = [owner for owner in account.owners.values() if owner["archived"] is archived]
    return Answer(200, {"results": [owner for owner in found if not email or owner["email"] == email]})


def _owner(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    owner = account.owners.get(parts[0])
    if owner is None or owner["archived"] is not (call.one("archived") == "true"):
        raise Refusal(404, "resource not found")
    return Answer(200, owner)


def _schemas(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call, parts
    kinds = [kind for kind in account.store.schema.kinds.values() if kind.full_name]
    told: list[dict[str, Any]] = [
        {
            "objectTypeId": kind.id,
            "fullyQualifiedName": kind.full_name,
            "name": kind.singular,
            "labels": {"singular": kind.singular, "plural": kind.plural},
            "properties": [prop.shown() for prop in kind.properties.values()],
        }
        for kind in kinds
    ]
    return Answer(200, {"results": told})


def _details(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call, parts
    facts = {"portalId": PORTAL, "accountType": "STANDARD", "timeZone": "Europe/Berlin", "utcOffset": "+01:00"}
    return Answer(200, {**facts, "companyCurrency": account.currency, "additionalCurrencies": ["GBP", "USD"]})


ROUTES = (
    Route("GET", "/properties/{}", _properties),
    Route("POST", "/properties/{}", _add_property),
    Route("GET", "/properties/{}/{}", _property),
    Route("GET", "/pipelines/{}", _pipelines),
    Route("GET", "/pipelines/{}/{}", _pipeline),
    Route("PATCH", "/pipelines/{}/{}", _change_pipeline),
    Route("GET", "/owners", _owners),
    Route("GET", "/owners/{}", _owner),
    Route("GET", "/schemas", _schemas),
    Route("GET", "/account-info/details", _details),
)
