"""An AvaTax account to develop against: the vendor's paths, words, books and refusals, from its public documents."""

from .http import build
from .landscape import develop

__all__ = ["build", "develop"]
