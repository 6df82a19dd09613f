"""The developer portal: what is offered, to whom, under which limits, and the keys for it; works without a network."""

from gateway.portal.app import open_portal

__all__ = ["open_portal"]
