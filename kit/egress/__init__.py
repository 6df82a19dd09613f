"""Calls to addresses that outsiders name: refuses every way back inside, whatever their names resolve to."""

from kit.egress.addresses import IPAddress
from kit.egress.guard import Forbidden, Guard, Target
from kit.egress.resolving import Resolve, resolve
from kit.egress.sending import Answer, Failed, Sender

__all__ = ["Answer", "Failed", "Forbidden", "Guard", "IPAddress", "Resolve", "Sender", "Target", "resolve"]
