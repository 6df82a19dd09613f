"""Which role may ask what, and which field each role sees: data, applied by the service and the views.

Whose an engagement is, is no matter of roles: the processes look at the object itself. A person who holds several
roles may do what any of them may.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SPONSOR: Final = "client_sponsor"
"""Answers for the contract at the client: accepts, disputes, asks for changes, sees all."""
FINANCE: Final = "client_finance"
"""Pays the bills: sees money and disputes, accepts nothing."""
PROJECT: Final = "client_project"
"""Works with us: sees milestones, hours, people and health, asks for changes; sees no money."""
ACCOUNT: Final = "account_team"
"""Looks after the client in the firm: sees what the client sees, does nothing in its name."""
STAFF: Final = frozenset({"finance", "operations", "platform"})

_SEES: Final = frozenset({SPONSOR, FINANCE, PROJECT, ACCOUNT, *STAFF})
_MONEY: Final = _SEES - {PROJECT}
_DISPUTES: Final = frozenset({SPONSOR, FINANCE})
_CHANGES: Final = frozenset({SPONSOR, PROJECT})

OPERATIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **dict.fromkeys(("engagements", "engagement", "health", "people", "milestones", "consumption"), _SEES),
        **dict.fromkeys(("billing", "payments", "invoices", "invoice"), _MONEY),
        **dict.fromkeys(("explanation", "line_explanation", "electronic", "disputes", "one_dispute"), _MONEY),
        **dict.fromkeys(("accept", "decline"), frozenset({SPONSOR})),
        **dict.fromkeys(("dispute", "withdraw_dispute"), _DISPUTES),
        **dict.fromkeys(("changes", "change"), _SEES),
        **dict.fromkeys(("ask_change", "withdraw_change"), _CHANGES),
    }
)
"""Operation by the roles that may ask it."""

FIELDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    dict.fromkeys(
        (
            *("EngagementCard.value", "MilestoneStanding.amount", "WorkDone.amount"),
            *("LineAccount.agreed", "LineAccount.billed", "LineAccount.unbilled", "LineAccount.remaining"),
            *("CapAccount.limit", "CapAccount.used", "CapAccount.remaining"),
            *("ProjectAccount.billed", "ProjectAccount.unbilled"),
            *("BillingOverview.billed", "BillingOverview.unbilled", "BillingOverview.open", "BillingOverview.overdue"),
            *("BillSummary.net", "BillSummary.tax", "BillSummary.gross", "BillLine.unit_price", "BillLine.net"),
            *("PaymentStanding.gross", "PaymentStanding.paid", "PaymentStanding.open"),
            *("Payments.invoiced", "Payments.paid", "Payments.open", "Payments.overdue"),
            "Dispute.amount",
        ),
        _MONEY,
    )
    | {"ChangeRequest.budget": _MONEY | _CHANGES, "ElectronicInvoice.xml": _MONEY}
)
"""Field by the roles that see it; for all others it is null. Every field that is classified stands here."""
