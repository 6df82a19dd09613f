"""The suites' own report: each room in each role, with what passed and what its manifest declares as lacking.

A skip that no manifest declares fails the session: a suite that is left out in silence proves nothing.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

_CASE = re.compile(r"conformance/test_(?P<role>[a-z]+)\w*\.py::.*\[(?P<room>[a-z_0-9]+?)(?:-.*)?\]$")
_DECLARED = "declares that it lacks"


class Report:
    """Counts what each room did in each role."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        case = _CASE.search(report.nodeid)
        if case is None or (report.passed and report.when != "call"):
            return
        told = self.counts.setdefault((case["room"], case["role"]), Counter())
        told[_verdict(report)] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.counts:
            return
        terminalreporter.section("conformance")
        terminalreporter.write_line(
            f"{'room':18}{'role':14}{'passed':>8}{'unsupported':>13}{'failed':>8}{'undeclared':>12}"
        )
        for (room, role), told in sorted(self.counts.items()):
            numbers = f"{told['passed']:8}{told['unsupported']:13}{told['failed']:8}{told['undeclared']:12}"
            terminalreporter.write_line(f"{room:18}{role:14}{numbers}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if any(told["undeclared"] for told in self.counts.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Report(), "conformance report")


def _verdict(report: pytest.TestReport) -> str:
    if report.skipped:
        return "unsupported" if _DECLARED in str(report.longrepr) else "undeclared"
    return report.outcome
