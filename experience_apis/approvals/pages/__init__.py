"""Approvals for people on the move: the queue, the card, the decision, whoever stands in."""

from experience_apis.approvals.pages.site import approval_pages

__all__ = ["approval_pages"]
