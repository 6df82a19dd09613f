"""Kantata's words as Kantata spells them: the envelope, and the fields of each collection that we read."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

T = TypeVar("T", bound="Row")


class Row(Struct, frozen=True, kw_only=True):
    """An object of an id-keyed map; ids are numeric strings. A field that was not sent stays unset."""

    id: str


class ExternalReference(Row, frozen=True, kw_only=True):
    """A link from a row to our key."""

    service_name: str
    service_model: str
    service_model_ref: str
    subject_type: str
    subject_id: str
    external_message: str | None = None


class WorkspaceGroup(Row, frozen=True, kw_only=True):
    """A client company."""

    name: str | UnsetType = UNSET
    company: bool | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    address: str | UnsetType | None = UNSET
    notes: str | UnsetType | None = UNSET
    workspace_ids: list[str] = []


class Workspace(Row, frozen=True, kw_only=True):
    """A project."""

    title: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    currency: str | UnsetType | None = UNSET
    price_in_cents: int | UnsetType | None = UNSET
    start_date: str | UnsetType | None = UNSET
    due_date: str | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET
    rate_card_id: str | UnsetType | None = UNSET
    primary_workspace_group_id: str | UnsetType | None = UNSET
    workspace_resources_with_unnamed_ids: list[str] = []


class Story(Row, frozen=True, kw_only=True):
    """A phase, a task or a milestone."""

    title: str | UnsetType = UNSET
    story_type: str | UnsetType = UNSET
    workspace_id: str | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET
    start_date: str | UnsetType | None = UNSET
    due_date: str | UnsetType | None = UNSET
    budget_estimate_in_cents: int | UnsetType | None = UNSET
    fixed_fee: bool | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET
    logged_billable_time_in_minutes: int | UnsetType | None = UNSET
    logged_nonbillable_time_in_minutes: int | UnsetType | None = UNSET

    def is_bare(self) -> bool:
        """Whether nobody logged time on it, as far as the vendor says."""
        logged = (self.logged_billable_time_in_minutes, self.logged_nonbillable_time_in_minutes)
        return not any(each for each in logged if each is not UNSET)


class Role(Row, frozen=True, kw_only=True):
    """A role of the account."""

    name: str


class RateCardSet(Row, frozen=True, kw_only=True):
    """Rate cards of several currencies under one title."""

    title: str
    rate_card_ids: list[str] = []
    rate_card_set_version_ids: list[str] = []


class RateCardSetVersion(Row, frozen=True, kw_only=True):
    """What a set holds from a date; `active` once published."""

    effective_date: str | None = None
    active: bool = False
    rate_card_version_ids: list[str] = []


class RateCard(Row, frozen=True, kw_only=True):
    """One currency of a set."""

    currency: str
    rate_card_set_id: str


class RateCardVersion(Row, frozen=True, kw_only=True):
    """One card within one version of its set."""

    rate_card_id: str
    rate_card_role_ids: list[str] = []


class RateCardRole(Row, frozen=True, kw_only=True):
    """What an hour of a role costs, in cents."""

    role_id: str
    rate: int


class WorkspaceResource(Row, frozen=True, kw_only=True):
    """A seat in a project, named or not."""

    workspace_id: str
    user_id: str | None = None
    role_id: str | None = None
    role_name: str | None = None
    pending_resource_request_id: str | None = None

    def is_bare(self) -> bool:
        """Whether it has no name and nobody was asked to fill it."""
        return self.user_id is None and self.pending_resource_request_id is None


class WorkspaceAllocation(Row, frozen=True, kw_only=True):
    """Minutes planned for a seat between two dates."""

    resource_id: str | None = None
    start_date: str | UnsetType | None = UNSET
    end_date: str | UnsetType | None = UNSET
    minutes: int | UnsetType | None = UNSET


class ResourceRequest(Row, frozen=True, kw_only=True):
    """A request to name somebody for a seat."""

    resource_id: str | None = None
    status: str | None = None


class TimeEntry(Row, frozen=True, kw_only=True):
    """Work of one person on one day, billable as a whole or not at all."""

    workspace_id: str
    date_performed: str
    time_in_minutes: int
    updated_at: str
    billable: bool = False
    approved: bool = False
    notes: str | None = None
    user_id: str | None = None
    story_id: str | None = None
    role_id: str | None = None
    invoice_id: str | None = None
    active_submission_id: str | None = None


class TimesheetSubmission(Row, frozen=True, kw_only=True):
    """Entries of a week, handed in together, and what was last decided on them."""

    status: str
    current_resolution_creator_id: str | None = None
    current_resolution_created_at_date: str | None = None


class Invoice(Row, frozen=True, kw_only=True):
    """What locks the entries that stand on it."""

    status: str | None = None
    time_entry_ids: list[str] = []


class SubscribedEvent(Row, frozen=True, kw_only=True):
    """A change of a row, as it was before and as it is after."""

    event_type: str
    subject_id: str
    subject_changed_at: str
    previous_payload: dict[str, Any] | None = None
    current_payload: dict[str, Any] | None = None


class User(Row, frozen=True, kw_only=True):
    """A person of the account."""

    email_address: str | None = None


class Error(Struct, frozen=True, kw_only=True):
    """One refusal."""

    type: str = ""
    message: str = ""
    field: str | None = None


class _Result(Struct, frozen=True):
    key: str
    id: str


class Answer:
    """An envelope. The order lives in `results`; the maps also hold what was side-loaded."""

    def __init__(self, body: bytes) -> None:
        self._parts = msgspec.json.decode(body, type=dict[str, Raw]) if body else {}
        self._results: list[_Result] = self._part("results", list[_Result]) or []

    @property
    def count(self) -> int:
        """How many rows the vendor has, on all pages."""
        count: int | None = self._part("count", int)
        return count or 0

    @property
    def errors(self) -> list[Error]:
        """Refusals, which may stand in a 200 as well."""
        errors: list[Error] | None = self._part("errors", list[Error])
        return errors or []

    def results(self, collection: str, kind: type[T]) -> list[T]:
        """The rows asked for, in the vendor's order."""
        rows = self.loaded(collection, kind)
        return [rows[result.id] for result in self._results if result.key == collection]

    def loaded(self, collection: str, kind: type[T]) -> dict[str, T]:
        """Every row of a collection in the envelope, asked for or side-loaded, by id."""
        rows: dict[str, T] | None = self._part(collection, dict[str, kind])  # type: ignore[valid-type]  # made at run time
        return rows or {}

    def _part(self, name: str, kind: Any) -> Any:
        raw = self._parts.get(name)
        return None if raw is None else msgspec.json.decode(raw, type=kind, strict=False)
