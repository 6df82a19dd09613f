"""Addresses in one version of the API: dated versions and numbered ones put the version in different places."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from kit.settings import SettingsError

_DATED: Final = re.compile(r"20\d\d-\d\d")
NUMBERED: Final = "v3"


class Paths(Struct, frozen=True, kw_only=True):
    """The addresses that the room uses."""

    objects: str
    associations: str
    owners: str
    token: str

    def row(self, kind: str, row_id: str) -> str:
        """One row."""
        return f"{self.objects}/{kind}/{row_id}"

    def many(self, kind: str) -> str:
        """Several rows by their ids."""
        return f"{self.objects}/{kind}/batch/read"

    def search(self, kind: str) -> str:
        """Rows by what they hold."""
        return f"{self.objects}/{kind}/search"

    def links(self, source: str, target: str) -> str:
        """What belongs to several rows."""
        return f"{self.associations}/{source}/{target}/batch/read"

    def owner(self, owner_id: str) -> str:
        """One user who may own rows."""
        return f"{self.owners}/{owner_id}"


def paths(version: str) -> Paths:
    """The addresses of a version.

    Raises:
        SettingsError: it is neither a dated version nor the numbered one that is left.

    """
    if version == NUMBERED:
        return Paths(
            objects="/crm/v3/objects",
            associations="/crm/v4/associations",
            owners="/crm/v3/owners",
            token="/oauth/v1/token",  # noqa: S106 - an address, and no secret
        )
    if _DATED.fullmatch(version) is None:
        raise SettingsError(f"api_version {version!r} is neither v3 nor a dated version such as 2026-03")
    return Paths(
        objects=f"/crm/objects/{version}",
        associations=f"/crm/associations/{version}",
        owners=f"/crm/owners/{version}",
        token=f"/oauth/{version}/token",
    )
