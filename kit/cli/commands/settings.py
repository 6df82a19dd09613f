"""`sluice settings`: every value this deployable would read, where it came from, secrets masked."""

from __future__ import annotations

import argparse
import os

from rich.console import Console
from rich.table import Table

from kit.tier.settings import lines


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    table = Table("setting", "value", "from", box=None)
    for line in lines(arguments.settings, os.environ):
        table.add_row(line.key, line.value, line.origin)
    Console().print(table)
    return 0
