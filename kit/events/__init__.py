"""Events: appended with the effect they tell of, read by cursors, taken in once."""

from kit.events.dead import DeadLetter, DeadLetters
from kit.events.feed import feed_cursor, move_feed
from kit.events.inbox import first_seen
from kit.events.log import EventLog, LoggedEvent, Place, append, append_now, locked_place, move
from kit.events.unread import unread

__all__ = [
    "DeadLetter",
    "DeadLetters",
    "EventLog",
    "LoggedEvent",
    "Place",
    "append",
    "append_now",
    "feed_cursor",
    "first_seen",
    "locked_place",
    "move",
    "move_feed",
    "unread",
]
