"""Who may open an item: what is granted on it or comes from above, which a library does not tell apart."""

from typing import Any

from . import shown
from .call import Answer, Call
from .items import matched
from .refusal import Refusal, bad, gone
from .state import Drive, Grant, Item, Site

_ROLES = frozenset({"read", "write"})


def listed(drive: Drive, item: Item, call: Call) -> Answer:
    """Every permission that holds, inherited ones among them."""
    del call
    return Answer(200, {"value": [shown.grant(one) for one in drive.granted(item)]})


def invite(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """Grant roles to groups; with `retainInheritedPermissions` false the first time cuts off what comes from above."""
    call.must_write()
    wanted = call.json()
    roles, recipients = wanted.get("roles"), wanted.get("recipients")
    if not isinstance(roles, list) or len(roles) != 1 or roles[0] not in _ROLES:
        raise bad("The roles are missing or not known.")
    if not isinstance(recipients, list) or not recipients:
        raise bad("The recipients are missing.")
    ids = [str(one.get("objectId", "")) for one in recipients]
    for object_id in ids:
        if object_id not in site.groups:
            raise Refusal(400, "sharingFailed", "The recipient could not be resolved.", inner="noResolvedUsers")
    if item.grants is None:
        retained = wanted.get("retainInheritedPermissions", True)
        item.grants = [Grant(g.id, list(g.roles), g.to) for g in drive.granted(item)] if retained else []
    given = [_give(site, item.grants, object_id, roles[0]) for object_id in ids]
    drive.touch(item, by=call.actor.identity)
    return Answer(200, {"value": [shown.grant(one) for one in given]})


def link(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """A link that lets people in."""
    call.must_write()
    wanted = call.json()
    kind, scope = wanted.get("type", "view"), wanted.get("scope", "organization")
    if item.grants is None:
        item.grants = [Grant(g.id, list(g.roles), g.to) for g in drive.granted(item)]
    address = f"https://{site.hostname}/:f:/s/delivery/{site.stamp(12)}"
    made = Grant(
        site.stamp(9),
        ["read" if kind == "view" else "write"],
        {"link": {"type": kind, "scope": scope, "webUrl": address}},
    )
    item.grants.append(made)
    drive.touch(item, by=call.actor.identity)
    return Answer(201, shown.grant(made))


def change(drive: Drive, item: Item, grant_id: str, call: Call) -> Answer:
    """Other roles for who is granted some already."""
    call.must_write()
    matched(item, call)
    roles = call.json().get("roles")
    if not isinstance(roles, list) or len(roles) != 1 or roles[0] not in _ROLES:
        raise bad("The roles are missing or not known.")
    found = _own(drive, item, grant_id)
    found.roles = list(roles)
    drive.touch(item, by=call.actor.identity)
    return Answer(200, shown.grant(found))


def take(drive: Drive, item: Item, grant_id: str, call: Call) -> Answer:
    """Take a permission back; one that comes from above cannot be taken here."""
    call.must_write()
    matched(item, call)
    found = _own(drive, item, grant_id)
    if item.grants is not None:
        item.grants.remove(found)
    drive.touch(item, by=call.actor.identity)
    return Answer(204)


def _give(site: Site, grants: list[Grant], object_id: str, role: str) -> Grant:
    standing = next((g for g in grants if g.to.get("group", {}).get("id") == object_id), None)
    if standing is not None:
        if role == "write":  # granting less does not take away what was granted before
            standing.roles = [role]
        return standing
    to: dict[str, Any] = {"group": {"id": object_id, "displayName": site.groups[object_id]}}
    made = Grant(site.stamp(9), [role], to)
    grants.append(made)
    return made


def _own(drive: Drive, item: Item, grant_id: str) -> Grant:
    found = next((one for one in drive.granted(item) if one.id == grant_id), None)
    if found is None:
        raise gone()
    if item.grants is None:
        raise Refusal(403, "accessDenied", "An inherited permission cannot be changed here.")
    return found
