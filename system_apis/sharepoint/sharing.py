"""Who may open a folder: exactly the named groups, or a problem that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.canonical.filing import AccessRole, AccessWish, FolderAccess, GroupAccess
from contracts.problem import FieldError, Kind, Problem, Retry
from system_apis.sharepoint.client import GraphClient
from system_apis.sharepoint.wire import Permission

_ROLES: Final = {"read": AccessRole.READ, "write": AccessRole.WRITE, "owner": AccessRole.WRITE}


class Sharing:
    """Grants on the folders of one library, to groups that the settings name."""

    def __init__(self, client: GraphClient, *, groups: Mapping[str, str]) -> None:
        self._client = client
        self._ids = dict(groups)
        self._names = {object_id: name for name, object_id in groups.items()}

    async def access(self, item_id: str) -> FolderAccess:
        """Who may open an item."""
        return self._told(await self._client.permissions(item_id))

    async def restrict(self, item_id: str, wish: AccessWish) -> FolderAccess:
        """Grant, cut off from above, take back what is too much; then read, and believe only that.

        Raises:
            Problem: invalid, when a group is unknown or named twice; conflict, when others can still open it.

        """
        wanted = self._wanted(wish)
        for role in AccessRole:
            named = [self._ids[group] for group, granted in wanted.items() if granted is role]
            if named:
                await self._client.invite(item_id, named, role=role.value)
        for permission in await self._client.permissions(item_id):
            await self._fitted(item_id, permission, wanted)
        stands = await self.access(item_id)
        if stands.others or {each.group: each.role for each in stands.groups} != wanted:
            detail = f"the folder is not restricted: {stands.others} grants to others stand"
            raise Problem(Kind.CONFLICT, "access_not_restricted", detail, retry=Retry.LATER)
        return stands

    async def _fitted(self, item_id: str, permission: Permission, wanted: Mapping[str, AccessRole]) -> None:
        if _is_an_application(permission):
            return
        role = wanted.get(self._group(permission))
        if role is None:
            await self._client.revoke(item_id, permission.id)
        elif permission.roles != [role.value]:
            await self._client.regrant(item_id, permission.id, role=role.value)

    def _wanted(self, wish: AccessWish) -> dict[str, AccessRole]:
        wanted: dict[str, AccessRole] = {}
        for number, each in enumerate(wish.groups):
            if each.group not in self._ids or each.group in wanted:
                code = "group_twice" if each.group in wanted else "group_unknown"
                fault = FieldError(pointer=f"/groups/{number}/group", code=code, detail="a group of the settings, once")
                hint = "the connection's `groups` name the groups that a folder may be opened to"
                raise Problem(Kind.INVALID, code, "the group cannot be let in", errors=(fault,), hint=hint)
            wanted[each.group] = each.role
        return wanted

    def _told(self, permissions: list[Permission]) -> FolderAccess:
        counted = [one for one in permissions if not _is_an_application(one)]
        groups = {name: _role(one) for one in counted if (name := self._group(one))}
        named = [GroupAccess(group=name, role=role) for name, role in sorted(groups.items())]
        return FolderAccess(groups=named, others=len([one for one in counted if not self._group(one)]))

    def _group(self, permission: Permission) -> str:
        """The name of the group that a grant is for; empty when it is for anybody else."""
        to = permission.granted_to_v2
        return self._names.get(to.group.id, "") if to is not None and to.group is not None else ""


def _role(permission: Permission) -> AccessRole:
    return max((_ROLES.get(role, AccessRole.WRITE) for role in permission.roles), default=AccessRole.READ)


def _is_an_application(permission: Permission) -> bool:
    """Applications come in by their own consent; a library may list them, and a grant to them lets nobody in."""
    to = permission.granted_to_v2
    people = to is not None and (to.user or to.group or to.site_group or to.site_user)
    return to is not None and to.application is not None and not people
