"""A Docusign account to develop against: the vendor's paths, words and refusals, written from its documentation."""

from .http import build
from .landscape import develop

__all__ = ["build", "develop"]
