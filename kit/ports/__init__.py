"""A contract at both ends: `serve` answers it, `connect` calls it, `document` publishes it."""

from kit.ports.connect import Caller, connect
from kit.ports.document import document
from kit.ports.serve import serve

__all__ = ["Caller", "connect", "document", "serve"]
