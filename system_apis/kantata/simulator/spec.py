"""Every collection of the API, by the names of the vendor's documents."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from system_apis.kantata.simulator.collection import REFERENCE, Collection, takes
from system_apis.kantata.simulator.time_spec import TIME

_ALL: Final = (
    Collection(
        name="workspace_groups",
        singular="workspace_group",
        subject="WorkspaceGroup",
        takes=takes(
            "name company contact_name email phone_number address website notes external_reference",
            update="remove_workspace_ids",
        )
        | {"add_workspace_ids": "cu"},
        must=("name",),
        many={"workspaces": ("workspaces", "workspace_group_ids")},
    ),
    Collection(
        name="workspaces",
        singular="workspace",
        subject="Workspace",
        takes=takes(
            "title budgeted description currency price start_date due_date access_level rate_card_id status_key"
            " external_reference workspace_group_ids primary_workspace_group_id approver_ids target_margin"
            " tasks_default_non_billable stories_are_fixed_fee_by_default revenue_recognition_method",
            create="creator_role primary_maven_id require_time_approvals require_expense_approvals",
            update="archived",
        ),
        must=("title",),
        one={
            "primary_maven": ("users", "primary_maven_id"),
            "primary_workspace_group": ("workspace_groups", "primary_workspace_group_id"),
        },
        many={
            "workspace_resources_with_unnamed": ("workspace_resources", "workspace_id"),
            "workspace_groups": ("workspace_groups", "<workspace_group_ids"),
        },
        keys={"rate_card_id": "rate_cards"},
        choices={"creator_role": ("maven", "buyer")},
        hidden_by="archived",
        shown_by="include_archived",
        verbs=frozenset({"create", "update"}),
    ),
    Collection(
        name="stories",
        singular="story",
        subject="Story",
        takes=takes(
            "title story_type description parent_id start_date archived due_date assignee_ids"
            " budget_estimate_in_cents time_estimate_in_minutes tag_list billable percentage_complete state"
            " fixed_fee weight priority time_trackable external_reference",
            create="workspace_id",
        ),
        must=("title", "workspace_id"),
        one={"workspace": ("workspaces", "workspace_id"), "parent": ("stories", "parent_id")},
        many={"sub_stories": ("stories", "parent_id")},
        choices={"story_type": ("task", "deliverable", "milestone", "issue")},
        filters=("workspace_id", "story_type", "parent_id"),
        hidden_by="archived",
        shown_by="show_archived",
    ),
    Collection(
        name="roles",
        singular="role",
        subject="Role",
        takes=takes("name external_reference"),
        must=("name",),
    ),
    Collection(
        name="rate_card_sets",
        singular="rate_card_set",
        subject="RateCardSet",
        takes=takes("title", create="clone_version_id"),
        must=("title",),
        many={name: (name, "rate_card_set_id") for name in ("rate_cards", "rate_card_set_versions")},
    ),
    Collection(
        name="rate_card_set_versions",
        singular="rate_card_set_version",
        subject="RateCardSetVersion",
        takes=takes("effective_date", create="rate_card_set_id clone_id"),
        must=("rate_card_set_id",),
        one={"rate_card_set": ("rate_card_sets", "rate_card_set_id")},
        many={"rate_card_versions": ("rate_card_versions", "rate_card_set_version_id")},
    ),
    Collection(
        name="rate_cards",
        singular="rate_card",
        subject="RateCard",
        takes=takes("currency", create="rate_card_set_id rate_card_set_version_id"),
        must=("currency", "rate_card_set_id", "rate_card_set_version_id"),
        one={"rate_card_set": ("rate_card_sets", "rate_card_set_id")},
        many={"rate_card_versions": ("rate_card_versions", "rate_card_id")},
    ),
    Collection(
        name="rate_card_versions",
        singular="rate_card_version",
        subject="RateCardVersion",
        takes=takes(update="default_rate"),
        must=("default_rate",),
        one={
            "rate_card": ("rate_cards", "rate_card_id"),
            "rate_card_set_version": ("rate_card_set_versions", "rate_card_set_version_id"),
        },
        many={"rate_card_roles": ("rate_card_roles", "rate_card_version_id")},
        verbs=frozenset({"update"}),
    ),
    Collection(
        name="rate_card_roles",
        singular="rate_card_role",
        subject="RateCardRole",
        takes=takes("rate", create="rate_card_version_id role_id"),
        must=("rate_card_version_id", "role_id", "rate"),
        one={"role": ("roles", "role_id"), "rate_card_version": ("rate_card_versions", "rate_card_version_id")},
    ),
    Collection(
        name="workspace_resources",
        singular="workspace_resource",
        subject="WorkspaceResource",
        takes=takes("user_id role_id external_reference", create="workspace_id", update="label cost_rate bill_rate"),
        must=("workspace_id",),
        one={
            "workspace": ("workspaces", "workspace_id"),
            "role": ("roles", "role_id"),
            "user": ("users", "user_id"),
            "pending_resource_request": ("resource_requests", "pending_resource_request_id"),
        },
    ),
    Collection(
        name="workspace_allocations",
        singular="workspace_allocation",
        subject="WorkspaceAllocation",
        takes=takes("start_date end_date minutes hard notes external_reference", create="resource_id"),
        must=("resource_id", "start_date", "end_date", "minutes"),
        one={"workspace_resource": ("workspace_resources", "resource_id")},
        filters=("workspace_id",),
    ),
    Collection(
        name="resource_requests",
        singular="resource_request",
        subject="ResourceRequest",
        takes=takes(
            create="resource_id resource_workspace_id resource_role_id approver_ids workspace_allocation_start_date"
            " workspace_allocation_end_date workspace_allocation_percentage",
            update="request_resolution_status user_id allocations_state",
        ),
        must=("approver_ids",),
        one={"resource": ("workspace_resources", "resource_id")},
        many={"approvers": ("users", "<approver_ids")},
        choices={"request_resolution_status": ("approve", "reject", "cancel")},
        verbs=frozenset({"create", "update"}),
    ),
    Collection(
        name="staffing_demands",
        singular="staffing_demand",
        subject="StaffingDemand",
        takes=takes("description title start_date end_date quantity workspace_id role_id status external_reference"),
        one={"workspace": ("workspaces", "workspace_id"), "role": ("roles", "role_id")},
    ),
    Collection(
        name="external_references",
        singular=REFERENCE,
        subject="ExternalReference",
        takes=takes(
            "service_name service_model service_model_ref subject_id subject_type status external_link"
            " external_message external_status locked"
        ),
        must=("service_model_ref", "service_model", "service_name", "subject_id", "subject_type"),
        filters=("service_name", "service_model", "service_model_ref", "subject_type"),
        verbs=frozenset({"delete"}),
    ),
    Collection(
        name="users",
        singular="user",
        subject="User",
        takes=takes(update="full_name headline email_address external_reference"),
        verbs=frozenset({"update"}),
    ),
    Collection(
        name="billing_milestones",
        singular="billing_milestone",
        subject="BillingMilestone",
        takes=takes("title date_to_invoice amount_in_cents external_reference", create="workspace_id story_id"),
        one={"workspace": ("workspaces", "workspace_id")},
        keys={"story_id": "stories"},
    ),
    *TIME,
    Collection(
        name="subscribed_events",
        singular="subscribed_event",
        subject="SubscribedEvent",
        takes={},
        verbs=frozenset(),
    ),
)

COLLECTIONS: Final = MappingProxyType({collection.name: collection for collection in _ALL})
SUBJECTS: Final = MappingProxyType({collection.subject: collection for collection in _ALL})
