"""A tier: find its rooms by their manifests, open the configured ones, serve them behind the internal token."""

from kit.tier.app import open_tier
from kit.tier.manifest import Manifest, manifests
from kit.tier.settings import Settings, load

__all__ = ["Manifest", "Settings", "load", "manifests", "open_tier"]
