"""A Dynamics 365 Sales environment to develop against: Entra's door and the Dataverse Web API, from public papers.

Left out: webhooks, impersonation, `$metadata`, FetchXML, `$apply`, collections in `$expand`, and the actions of quotes.
"""

from .http import build
from .landscape import develop

__all__ = ["build", "develop"]
