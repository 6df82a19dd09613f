"""One landscape for the matrix, and its size at the end of whatever run it was part of."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.authz.ground import Ground, raised
from tests.authz.seeds import seeded

_CELLS = "authz cells: "


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    """The estate with objects of two organisations."""
    async with raised() as made:
        made.ids = await seeded(made)
        yield made


class Report:
    """Counts what was tried: `user_properties` come back from workers, prints do not."""

    def __init__(self) -> None:
        self.cells: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            found = {str(name): value for name, value in report.user_properties if str(name).startswith(_CELLS)}
            for name, value in found.items():
                part = name.removeprefix(_CELLS)
                self.cells[part] = self.cells.get(part, 0) + int(str(value))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.cells:
            return
        terminalreporter.section("authorization matrix")
        for part, number in sorted(self.cells.items()):
            terminalreporter.write_line(f"{part:40}{number:8}")
        terminalreporter.write_line(f"{'cells, no hole unless a test failed':40}{sum(self.cells.values()):8}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Report(), "authz report")
