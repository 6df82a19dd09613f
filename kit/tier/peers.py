"""The next flight of stairs: typed callers of the tier below, each call with its own narrow token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx
from typing_extensions import TypeForm

from kit.caller import Caller, caller_or_none
from kit.ports import connect
from kit.settings import SettingsError
from kit.trust import Signer

P = TypeVar("P")


class TierPeers:
    """Reaches the rooms of one tier below on behalf of a room above.

    A call made while a request is served speaks for that request's caller, with the one scope it needs and
    only if the caller holds it. A call made by a running case speaks for the process itself.
    """

    def __init__(
        self,
        *,
        room: str,
        audience: str,
        http: httpx.AsyncClient,
        signer: Signer,
        roles: Mapping[str, str],
        tenant: str,
    ) -> None:
        self._room = room
        self._audience = audience
        self._http = http
        self._signer = signer
        self._roles = roles
        self._tenant = tenant

    def connect(self, contract: TypeForm[P], role: str) -> P:
        """A typed caller of whatever serves `role`.

        Raises:
            SettingsError: nothing below serves it.

        """
        if role not in self._roles:
            message = f"{self._room} needs {role!r}: name what serves it in the settings of {self._room}"
            raise SettingsError(message)
        return connect(contract, self._http, prefix=self._roles[role], authorize=self._authorize)

    def _authorize(self, scope: str) -> dict[str, str]:
        caller = caller_or_none()
        if caller is None:
            caller = Caller(subject=f"process:{self._room}", scopes=frozenset({scope}), tenant=self._tenant)
        granted = frozenset({scope}) if caller.may(scope) else frozenset()
        token = self._signer.mint(audience=self._audience, caller=caller, scopes=granted)
        return {"Authorization": f"Bearer {token}"}


class NoPeers:
    """For rooms that need nothing below them."""

    def __init__(self, room: str) -> None:
        self._room = room

    def connect(self, contract: TypeForm[P], role: str) -> P:
        """Refuses: the room's manifest names no need.

        Raises:
            SettingsError: always.

        """
        del contract
        raise SettingsError(f"{self._room} asks for {role!r}, which its manifest does not name under needs")
