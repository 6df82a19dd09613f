"""Dated versions of a contract: the newest is stated, older ones are drawn from it by the changes since."""

from kit.versions.document import versioned
from kit.versions.history import Change, ChangeRefused, History, history

__all__ = ["Change", "ChangeRefused", "History", "history", "versioned"]
