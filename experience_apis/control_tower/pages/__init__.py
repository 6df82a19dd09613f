"""The control tower for people: what stands where, what stops it, and what may be done about it."""

from experience_apis.control_tower.pages.site import tower_pages

__all__ = ["tower_pages"]
