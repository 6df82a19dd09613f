"""Who sees money and evidence in full: data, applied by the views."""

from __future__ import annotations

from typing import Final

# Besides whoever holds the role that decides: nobody decides well on what is hidden from them.
CLEARED_ROLES: Final = frozenset({"finance", "operations", "break_glass"})
# Evidence that everybody may read who may read the approval at all; all other evidence is confidential.
OPEN_EVIDENCE: Final = frozenset(
    {"opportunity_id", "seller_entity", "seller_country", "customer", "customer_country", "service_line"}
)
