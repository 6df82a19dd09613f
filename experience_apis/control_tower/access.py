"""Who sees money and free text in full: data, applied by the views. What is not named open is confidential."""

from __future__ import annotations

from typing import Final

CLEARED_ROLES: Final = frozenset({"finance", "operations"})
OPEN_CONTEXT: Final = frozenset(
    {"opportunity_id", "deal", "customer", "customer_country", "closed_on", "system", "kind", "code"}
)
OPEN_FACTS: Final = frozenset(
    {
        "opportunity_id",
        "customer_erp_id",
        "project_erp_id",
        "project_psa_id",
        "billing_schedule_id",
        "billing_schedule_external_id",
        "billing_schedule_lines",
        "currency",
        "engine_s",
    }
)
