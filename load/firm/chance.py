"""Chance with a name: each part of the firm draws from its own source, so that one part's draws move no other's."""

from __future__ import annotations

import random


def chance(seed: int, *names: object) -> random.Random:
    """The source of chance of one thing. It hangs on the seed and the words alone, never on the hash of a string."""
    return random.Random("/".join([str(seed), *map(str, names)]))
