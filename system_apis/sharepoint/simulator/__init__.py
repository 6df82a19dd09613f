"""A SharePoint site behind Microsoft Graph to develop against: Entra's door, drives, uploads, delta and subscriptions.

Written from public papers. Left out: `$select`, `dependsOn` in batches, copy and move monitors, versions' restore,
sharing by e-mail, Teams, and every list that is no document library.
"""

from .http import build
from .landscape import develop

__all__ = ["build", "develop"]
