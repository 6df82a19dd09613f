"""The client portal for people: engagements, milestones, invoices, payments, disputes and change requests."""

from experience_apis.portals.pages.site import client_pages

__all__ = ["client_pages"]
