"""A decision log run against a proposal: who would be treated otherwise, and nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.replay import Group, read_lines, replay
from gateway.snapshot import compile_snapshot
from kit.clock import ManualClock
from tests.gateway.shop import DOCUMENT
from tests.gateway.street import ROUTES, street
from tests.gateway.tokens import ISSUER

ANN = f"{ISSUER}|ann"


async def _logged(tmp_path: Path) -> Path:
    """Ten reads, one order refused for its body, one refused for its token, one to nowhere."""
    async with street(tmp_path) as place:
        for number in range(10):
            await place.get(f"/shop/orders/{number}")
        await place.post("/shop/orders", json={})
        await place.client.get("/shop/orders", headers={"Authorization": "Bearer a.b.c"})
        await place.get("/nowhere")
        await place.client.get("/_gateway/status")
        await place.lines(14)
        return place.log


def _changed(log: Path, routes: str, folder: Path) -> dict[Group, int]:
    file = folder / "proposed.toml"
    file.write_text(routes)
    snapshot = compile_snapshot(
        routes=file, documents={"shop": DOCUMENT}, upstreams={"process": "http://p"}, now=ManualClock().now()
    )
    return replay(read_lines(log.read_bytes().splitlines()), snapshot).changed


@pytest.mark.req(12)
async def test_the_same_configuration_changes_nobody(tmp_path: Path) -> None:
    """What another policy had refused stays as it was."""
    assert {} == _changed(await _logged(tmp_path), ROUTES, tmp_path)


@pytest.mark.req(12)
async def test_who_would_be_treated_otherwise_is_told_by_consumer_operation_and_code(tmp_path: Path) -> None:
    """A tighter limit in the time of the log; another prefix; and nobody who is not touched by it."""
    log = await _logged(tmp_path)
    tight = _changed(log, ROUTES.replace("10000/minute", "4/minute"), tmp_path)
    assert {
        Group(ANN, "shop.read", "ok", "throttle.exceeded"): 6,
        Group(ANN, "shop.place", "validate.body", "throttle.exceeded"): 1,
    } == tight
    moved = _changed(log, ROUTES.replace('prefix = "/shop"', 'prefix = "/store"'), tmp_path)
    assert {
        Group(ANN, "shop.read", "ok", "match.path_unknown"): 10,
        Group(ANN, "shop.place", "validate.body", "match.path_unknown"): 1,
        Group("", "shop.list", "authenticate.token_malformed", "match.path_unknown"): 1,
    } == moved


def test_a_line_that_is_none_is_passed_over(tmp_path: Path) -> None:
    """A log cut off in mid-line is still of use."""
    file = tmp_path / "routes.toml"
    file.write_text(ROUTES)
    snapshot = compile_snapshot(
        routes=file, documents={"shop": DOCUMENT}, upstreams={"process": "http://p"}, now=ManualClock().now()
    )
    found = replay(read_lines([b'{"time": "2026', b"", b"[]"]), snapshot)
    assert (0, 2, {}) == found


def _sluice(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kit.cli.main", "gateway", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.req(8, 11)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('limits = "1200/minute', 'limits = "lots/minute', ":14: experience.approvals_"),
        ("deadline_s = 15.0", 'deadline_s = "soon"', ":15: Expected `float`, got `str`"),
        ('owner = "experience-platform"', "", ":5: Object missing required field `owner`"),
        ('prefix = "/experience"', 'prefix = "/portal"', ":9: product experience: '/portal' is no prefix"),
        ("[[product]]", "[[product]", ":5: "),
    ],
)
def test_a_bad_proposal_is_refused_with_file_line_and_reason(tmp_path: Path, old: str, new: str, said: str) -> None:
    """`sluice gateway check` exits 1 and names the line."""
    import gateway

    routes = Path(str(gateway.__file__)).with_name("routes.toml").read_text()
    file = tmp_path / "proposed.toml"
    file.write_text(routes.replace(old, new, 1))
    done = _sluice("check", "--routes", file)
    assert (1, "") == (done.returncode, done.stdout)
    assert f"{file}{said}" in done.stderr


def test_a_difference_is_told_by_operation(tmp_path: Path) -> None:
    """`sluice gateway diff` names the operation, what changes, before and after."""
    import gateway

    routes = Path(str(gateway.__file__)).with_name("routes.toml")
    file = tmp_path / "proposed.toml"
    file.write_text(routes.read_text().replace("deadline_s = 60.0", "deadline_s = 50.0"))
    done = _sluice("diff", "--routes", file, "--against", routes)
    assert 0 == done.returncode, done.stderr
    assert "deadline_s" in done.stdout
    assert "system.crm_hierarchy" in done.stdout
    assert "experience." not in done.stdout
