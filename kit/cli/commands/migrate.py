"""`sluice migrate`: bring the store to today's schema, ours and the engine's."""

from __future__ import annotations

import argparse
import os

from kit.settings import SettingsError
from kit.tier import load


def run(arguments: argparse.Namespace) -> int:
    """Migrate; safe to repeat."""
    from kit.durable import migrate_all

    url = load(arguments.settings, os.environ).store.url.reveal()
    if not url:
        raise SettingsError("store.url is missing: the database to migrate")
    migrate_all(url)
    print("the store is at today's schema")
    return 0
