"""Events: appended with the effect they tell of, read by cursors, taken in once."""

from kit.events.feed import feed_cursor, move_feed
from kit.events.inbox import first_seen
from kit.events.log import EventLog, LoggedEvent, Place, append

__all__ = ["EventLog", "LoggedEvent", "Place", "append", "feed_cursor", "first_seen", "move_feed"]
