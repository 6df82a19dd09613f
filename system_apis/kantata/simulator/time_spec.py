"""The collections in which work is entered, handed in, approved and invoiced."""

from __future__ import annotations

from typing import Final

from system_apis.kantata.simulator.collection import Collection, takes

TIME: Final = (
    Collection(
        name="time_entries",
        singular="time_entry",
        subject="TimeEntry",
        takes=takes(
            "workspace_id date_performed time_in_minutes billable notes rate_in_cents cost_rate_in_cents role_id"
            " story_id user_id location external_reference"
        ),
        must=("workspace_id", "date_performed", "time_in_minutes"),
        one={
            "workspace": ("workspaces", "workspace_id"),
            "story": ("stories", "story_id"),
            "role": ("roles", "role_id"),
            "user": ("users", "user_id"),
            "active_submission": ("timesheet_submissions", "active_submission_id"),
            "recent_submission": ("timesheet_submissions", "recent_submission_id"),
            "invoice": ("invoices", "invoice_id"),
        },
        filters=("workspace_id", "billable"),
        order="date_performed:desc",
        by_include=("role", "active_submission", "recent_submission", "invoice"),
    ),
    Collection(
        name="timesheet_submissions",
        singular="timesheet_submission",
        subject="Submission",
        takes=takes(create="title comment workspace_id user_id line_item_ids external_reference"),
        must=("title", "workspace_id", "line_item_ids"),
        one={"workspace": ("workspaces", "workspace_id"), "user": ("users", "user_id")},
        many={"time_entries": ("time_entries", "<time_entry_ids")},
        filters=("workspace_id",),
        verbs=frozenset({"create"}),
    ),
    Collection(
        name="invoices",
        singular="invoice",
        subject="Invoice",
        takes=takes(
            "time_entry_ids invoice_date payment_schedule user_invoice_number user_invoice_title draft message"
            " purchase_order project_code external_reference",
            create="workspace_id suppress_emails workspace_ids",
        ),
        many={"time_entries": ("time_entries", "<time_entry_ids"), "workspaces": ("workspaces", "<workspace_ids")},
        verbs=frozenset({"create", "update"}),
    ),
)
