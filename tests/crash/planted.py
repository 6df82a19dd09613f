"""A deployable with a mistake planted in it, to show that the suite finds one: what may not be repeated is repeated."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kit.cli.main import main as sound


def main(argv: Sequence[str]) -> int:
    """Serve as always, but send a POST again whenever its answer was lost, without looking first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kit.http.client._REPEATABLE", frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST"}))
        return sound(argv)
