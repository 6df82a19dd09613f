"""Roles of the account: taken as they stand where the name fits, created where none does."""

from __future__ import annotations

from system_apis.kantata import wire
from system_apis.kantata.client import Kantata
from system_apis.kantata.keyed import ROLE, Keyed, single


class Roles:
    """Role ids by name. Roles are shared by the whole account and never removed from here."""

    def __init__(self, kantata: Kantata, keyed: Keyed) -> None:
        self._kantata = kantata
        self._keyed = keyed

    async def ids(self, names: set[str]) -> dict[str, str]:
        """The id of every named role.

        Raises:
            Problem: `conflict` when two roles bear one of the names.

        """
        standing = await self._kantata.rows(ROLE.collection, wire.Role)
        return {name: await self._id(name, standing) for name in sorted(names)}

    async def _id(self, name: str, standing: list[wire.Role]) -> str:
        same = single("role", name, [role for role in standing if role.name == name])
        if same is not None:
            return same.id
        role, _ = await self._keyed.ensure(ROLE, name, {"name": name})
        return role.id
