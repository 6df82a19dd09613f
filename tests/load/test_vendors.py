"""The vendors' benchmark measures reads that were done, finds what a role offers, and leaves no process behind."""

from pathlib import Path
from typing import Any

import pytest

from contracts.problem import Kind, Problem
from kit.cli.new.asked import roles
from kit.tier import manifests
from load.vendors import measure, reads
from load.vendors.__main__ import _lines
from load.vendors.measure import measured
from load.vendors.others import other
from load.vendors.reads import Stage, plain_reads


class Anything:
    """A caller of whatever a contract has."""

    def __getattr__(self, name: str) -> Any:
        return lambda: name


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("role", roles())
def test_reads_that_ask_for_nothing_are_found_in_any_contract(role: str) -> None:
    """A role that comes later is measured without a line of ours; what a connection can do is no call to a vendor."""
    found = {read.name: read.key for read in plain_reads(role, Anything())}

    assert "capabilities" not in found
    assert set(found.values()) <= {""}


def test_the_feeds_and_lists_of_the_known_roles_are_read() -> None:
    """By their names in the contracts."""
    found = {role: [read.name for read in plain_reads(role, Anything())] for role in ("crm", "erp", "psa")}

    assert ["opportunity_changes"] == found["crm"]
    assert ["legal_entities", "tax_codes", "currencies", "document_changes"] == found["erp"]
    assert ["time_changes"] == found["psa"]


async def test_a_vendor_is_measured_by_what_both_ends_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads were done in both windows, the calls they took are known, and both processes are gone afterwards."""
    stood: list[measure.Stood] = []
    entered = measure._calls_of

    async def noted(at: measure.Stood, wanted: list[reads.Read]) -> Any:
        stood.append(at)
        return await entered(at, wanted)

    monkeypatch.setattr(measure, "_calls_of", noted)
    found = await measured(manifests("system")["kantata"], "psa", rounds=1, seconds=0.3, folder=tmp_path)

    assert ["project", "time_changes"] == list(found["reads"])
    assert {} == found["left_out"]
    for read in found["reads"].values():
        assert 0 < read["vendor_calls"]
        assert 0 < read["alone"]["per_second"]
        assert 0 < read["at_once"]["windows"][0]["reads"]
        assert 0 < read["at_once"]["reader_ms"]
    assert (None, "nobody's client reads this") == (found["client"], found["no_client"])
    assert 3 == len(_lines("kantata.psa", found))
    assert [] == [pid for at in stood for pid in (at.tier_pid, at.vendor_pid) if runs(pid)]


async def test_a_room_that_is_not_written_is_told_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line says why, and the other vendors are measured."""

    async def unwritten(stage: Stage) -> reads.Read:
        raise Problem(Kind.UNSUPPORTED, "not_written", "not written yet: psa.put_client")

    monkeypatch.setitem(reads.PREPARED, "psa", unwritten)
    found = await measured(manifests("system")["kantata"], "psa", rounds=1, seconds=0.3, folder=tmp_path)

    assert ["kantata.psa" + " " * 35 + " not_written: not written yet: psa.put_client"] == _lines("kantata.psa", found)


def test_every_client_of_others_reads_for_a_room_that_there_is() -> None:
    """A script that no room would start is a mistake in its name."""
    scripts = (Path(measure.__file__).parent / "clients").glob("*_reader.py")

    assert {script.stem.removesuffix("_reader") for script in scripts} <= set(manifests("system"))
    assert "nobody's client reads this" == other("kantata", {})
