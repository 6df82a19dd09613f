"""`sluice rate explain` as somebody types it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from kit.cli.main import main

ENTRY = {"role": "architect", "country": "DE", "hourly_rate": "185.00", "effective_from": "2026-01-01"}
CARD = {"name": "Northwind 2026", "currency": "EUR", "entries": [ENTRY]}
ASKED = ["--on", "2026-03-15", "--currency", "EUR", "--role", "architect", "--hours", "7.5"]


def written(folder: Path, *cards: Mapping[str, object]) -> str:
    path = folder / "lists.json"
    path.write_text(json.dumps({"cards": cards}))
    return str(path)


@pytest.mark.req(159)
def test_a_price_is_told_with_its_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The row taken, the amount, and exit 0."""
    code = main(["rate", "explain", written(tmp_path, CARD), *ASKED, "--region", "DE"])
    told = capsys.readouterr().out

    assert 0 == code
    assert "taken  row       card-1-1" in told
    assert "7.5 h at 185.00 = 1387.50 EUR" in told


@pytest.mark.req(158)
def test_no_price_is_a_failure_with_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Work in a country without a rate exits 1; with --json the price is one object that carries the code."""
    file = written(tmp_path, CARD)

    assert 1 == main(["rate", "explain", file, *ASKED, "--region", "FR"])
    assert "RATE_MISSING: Northwind 2026 has no rate on 2026-03-15" in capsys.readouterr().out
    assert 1 == main(["rate", "explain", file, *ASKED, "--region", "FR", "--json"])
    price = json.loads(capsys.readouterr().out)
    assert ("RATE_MISSING", None) == (price["code"], price["amount"])
    assert "its region is DE, not FR" in [each["reason"] for each in price["trace"]]


def test_lists_that_may_not_be_used_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every fault is named and the exit is 1; a file that cannot be read is wrong usage, exit 2."""
    twice = {**CARD, "entries": [ENTRY, ENTRY]}

    assert 1 == main(["rate", "explain", written(tmp_path, twice), *ASKED])
    assert "row card-1-2: overlaps row card-1-1" in capsys.readouterr().err
    assert 2 == main(["rate", "explain", str(tmp_path / "none.json"), *ASKED])
    assert 2 == main(["rate", "explain", written(tmp_path, {**CARD, "entries": []}), *ASKED])
