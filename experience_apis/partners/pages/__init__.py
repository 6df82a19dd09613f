"""The partner console for people: projects, webhook endpoints, and what was delivered to them."""

from experience_apis.partners.pages.site import partner_pages

__all__ = ["partner_pages"]
