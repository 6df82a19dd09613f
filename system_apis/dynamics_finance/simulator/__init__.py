"""A Dynamics 365 Finance environment to develop against: Entra's door, `/data` and its books, from public papers.

Left out: dual-write, data packages, recurring integrations, business events, dimensions, and most of every entity.
"""

from .http import build
from .landscape import develop

__all__ = ["build", "develop"]
