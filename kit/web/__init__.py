"""Pages for people: one frame, one sheet, helpers for forms, tables and pictures; what pages are made of."""

from kit.web.form import Form, new_key
from kit.web.live import changes
from kit.web.site import Link, Route, Site
from kit.web.spreadsheet import csv_of
from kit.web.visit import Visit

__all__ = ["Form", "Link", "Route", "Site", "Visit", "changes", "csv_of", "new_key"]
