"""A Dynamics 365 Sales environment to develop against: Entra's door and the Dataverse Web API, from public papers."""

from .http import build
from .landscape import develop

__all__ = ["build", "develop"]
