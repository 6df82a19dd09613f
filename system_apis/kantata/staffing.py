"""Staffing: an unnamed seat for each role and country, its effort in minutes, and a request to fill it.

The seat carries our key; the request itself cannot, so it is found through its seat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.canonical.project import StaffingRequest
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from system_apis.kantata import mapping, wire
from system_apis.kantata.client import PER_PAGE, Kantata
from system_apis.kantata.keyed import ALLOCATION, PROJECT, SEAT, Keyed
from system_apis.kantata.phases import key_of
from system_apis.kantata.roles import Roles

_REQUESTS = "resource_requests"


class Staffing:
    """Our staffing requests in one account. The reference of a request is its seat, which outlives the request."""

    def __init__(self, kantata: Kantata, keyed: Keyed, roles: Roles, *, approver_ids: Sequence[str]) -> None:
        self._kantata = kantata
        self._keyed = keyed
        self._roles = roles
        self._approver_ids = list(approver_ids)

    async def request(self, project_id: str, workspace_id: str, requests: list[StaffingRequest]) -> References:
        """Open what is not open yet, in the order asked for."""
        bodies = {one.request_id: mapping.allocation_body(one, resource_id="") for one in requests}
        names = {one.request_id: mapping.role_name(one.role, one.country) for one in requests}
        role_ids = await self._roles.ids(set(names.values())) if names else {}
        references = []
        for request_id, body in bodies.items():
            seat_body = {"workspace_id": workspace_id, "role_id": role_ids[names[request_id]]}
            references.append(await self._open(key_of(project_id, request_id), request_id, seat_body, body))
        return References(references=references)

    async def withdraw(self, project_id: str, workspace_id: str, *, only: Sequence[str] | None = None) -> None:
        """Cancel the open requests, all or some, and give up their seats; a seat with a name is no longer a request."""
        wanted = None if only is None else {key_of(project_id, request_id) for request_id in only}
        answer = await self._kantata.named(
            PROJECT.collection, [workspace_id], include="workspace_resources_with_unnamed", **PROJECT.everything
        )
        for workspace in answer.results(PROJECT.collection, wire.Workspace):
            for ids in _chunks(workspace.workspace_resources_with_unnamed_ids):
                await self._withdraw_seats(project_id, ids, wanted=wanted)

    async def _open(
        self, key: str, request_id: str, seat_body: dict[str, Any], allocation: dict[str, Any]
    ) -> Reference:
        seat, created = await self._keyed.ensure(SEAT, key, seat_body)
        if seat.user_id is None:
            wanted = {**allocation, "resource_id": seat.id}
            planned, _ = await self._keyed.ensure(ALLOCATION, key, wanted)
            different = mapping.changes(planned, wanted)
            if different:
                await self._kantata.update(
                    ALLOCATION.collection, planned.id, singular=ALLOCATION.singular, body=different
                )
            if seat.pending_resource_request_id is None and (created or not await self._asked(seat.id)):
                await self._ask(seat.id)
        return Reference(our_id=request_id, external_id=seat.id, created=created)

    async def _ask(self, seat_id: str) -> None:
        body = {"resource_id": seat_id, "approver_ids": self._approver_ids}
        try:
            await self._kantata.create(_REQUESTS, wire.ResourceRequest, singular="resource_request", body=body)
        except Problem as problem:
            if problem.kind is not Kind.UNKNOWN_OUTCOME or not await self._asked(seat_id):
                raise

    async def _asked(self, seat_id: str) -> bool:
        """Whether a request was ever made for the seat; one that was answered is not asked again."""
        requests = await self._kantata.rows(_REQUESTS, wire.ResourceRequest)
        return any(request.resource_id == seat_id for request in requests)

    async def _withdraw_seats(self, project_id: str, ids: Sequence[str], *, wanted: set[str] | None) -> None:
        answer = await self._kantata.named(SEAT.collection, ids, include="external_references")
        references = answer.loaded("external_references", wire.ExternalReference)
        keys = self._keyed.ours(SEAT, list(references.values()))
        for seat in answer.results(SEAT.collection, wire.WorkspaceResource):
            key = keys.get(seat.id, "")
            if seat.user_id is None and key.startswith(f"{project_id}/") and (wanted is None or key in wanted):
                await self._withdraw(seat, key)

    async def _withdraw(self, seat: wire.WorkspaceResource, key: str) -> None:
        if seat.pending_resource_request_id is not None:
            await self._cancel(seat.id, seat.pending_resource_request_id)
        allocation = await self._keyed.find(ALLOCATION, key)
        if allocation is not None:
            await self._kantata.delete(ALLOCATION.collection, allocation.id)
        await self._kantata.delete(SEAT.collection, seat.id)

    async def _cancel(self, seat_id: str, request_id: str) -> None:
        """Cancel a request. A second try is refused by the vendor, which is fine once nothing is pending."""
        body = {"request_resolution_status": "cancel"}
        try:
            await self._kantata.update(_REQUESTS, request_id, singular="resource_request", body=body)
        except Problem as problem:
            if problem.code != "kantata.validation":
                raise
            answer = await self._kantata.named(SEAT.collection, [seat_id])
            seat = answer.loaded(SEAT.collection, wire.WorkspaceResource).get(seat_id)
            if seat is not None and seat.pending_resource_request_id is not None:
                raise


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), PER_PAGE):
        yield ids[start : start + PER_PAGE]
