"""A database that cannot be reached is waited for, whichever words its driver has for that.

The engine waits when psycopg says "connection failed", and takes "connection is bad", which it says when the refusal
comes at once, for a mistake of the road: every case at work would fail for good because its database was restarted.
"""

from __future__ import annotations

import psycopg
import sqlalchemy as sa


def wait_for_the_unreachable() -> None:
    """Have every connection that could not be made told as a lost one; safe to repeat."""
    if not sa.event.contains(sa.Engine, "handle_error", _lost):
        sa.event.listen(sa.Engine, "handle_error", _lost)


def _lost(failure: sa.ExceptionContext) -> None:
    if failure.connection is None and isinstance(failure.original_exception, psycopg.OperationalError):
        failure.is_disconnect = True
