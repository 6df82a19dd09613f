"""Staffing: one resource request for each role and country, withdrawn as long as nobody was assigned on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contracts.canonical.project import StaffingRequest
from contracts.canonical.reference import Reference, References
from system_apis.certinia import mapping
from system_apis.certinia.clients import Units
from system_apis.certinia.rows import Org, Row, below, by_key, key_of, select

_REQUEST: Final = "pse__Resource_Request__c"
_ASSIGNED: Final = "Assigned"


class Staffing:
    """Our staffing requests in one org."""

    def __init__(self, org: Org, units: Units) -> None:
        self._org = org
        self._units = units

    async def request(self, project_id: str, row_id: str, requests: Sequence[StaffingRequest]) -> References:
        """Open what is not open yet, in the order asked for; of what was staffed already nothing is changed."""
        standing = by_key(await self._standing(project_id))
        regions, _, _ = await self._units.ids(regions=[one.country for one in requests])
        keys = {one.request_id: key_of(project_id, one.request_id) for one in requests}
        wanted = {
            keys[one.request_id]: mapping.request(one, project_row_id=row_id, region_id=regions[one.country])
            for one in requests
        }
        moving = {key: row for key, row in wanted.items() if key not in standing or _open(standing[key])}
        ids = {key: str(row["Id"]) for key, row in standing.items()}
        ids |= await self._org.ensure(_REQUEST, standing, moving, born=mapping.REQUEST_BORN)
        return References(
            references=[
                Reference(our_id=each, external_id=ids[key], created=key not in standing) for each, key in keys.items()
            ]
        )

    async def withdraw(self, project_id: str, *, only: Sequence[str] | None = None) -> None:
        """Delete the open requests, all or some."""
        wanted = None if only is None else {key_of(project_id, request_id) for request_id in only}
        standing = by_key(await self._standing(project_id))
        gone = [str(r["Id"]) for key, r in standing.items() if _open(r) and (wanted is None or key in wanted)]
        await self._org.writer.delete(gone)

    async def _standing(self, project_id: str) -> list[Row]:
        (found,) = await self._org.ask(
            select((*mapping.REQUEST, *mapping.STANDING), _REQUEST, below(project_id), order="Id")
        )
        return found


def _open(row: Row) -> bool:
    return row["pse__Status__c"] != _ASSIGNED and not row["pse__Assignment__c"]
