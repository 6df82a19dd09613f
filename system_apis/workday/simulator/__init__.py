"""A Workday tenant to develop against: staffing REST, reports as a service and web services, as the vendor speaks."""

from .http import build
from .landscape import develop

__all__ = ["build", "develop"]
