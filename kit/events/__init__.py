"""Events: appended with the effect they tell of, read by cursors, taken in once."""

from kit.events.inbox import first_seen
from kit.events.log import EventLog, LoggedEvent, Place, append

__all__ = ["EventLog", "LoggedEvent", "Place", "append", "first_seen"]
