"""The vendors' benchmark measures reads that were done, finds what a role offers, and leaves no process behind."""

import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.problem import Kind, Problem
from kit.cli.new.asked import roles
from kit.cli.real import is_real
from kit.tier import manifests
from load.vendors import __main__, measure, reads
from load.vendors.allowances import LIFTED
from load.vendors.ends import Stood
from load.vendors.measure import measured
from load.vendors.others import NONE_FITS, NoClient, other
from load.vendors.reads import plain_reads
from load.vendors.shown import faults, head, lines


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
    assert ["legal_entities", "tax_codes", "currencies", "document_changes", "held_documents"] == found["erp"]
    assert ["held_projects", "time_changes"] == found["psa"]


async def test_a_vendor_is_measured_by_what_both_ends_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads were done in all windows, the calls they took are known, and no process is left afterwards."""
    ends: list[Stood] = []
    beside: list[measure.Beside] = []
    calls_of, beside_of = measure._calls_of, measure._beside

    async def noted(at: Stood, wanted: list[reads.Read]) -> Any:
        ends.append(at)
        return await calls_of(at, wanted)

    async def kept(*asked: Any, **more: Any) -> measure.Beside:
        beside.append(await beside_of(*asked, **more))
        return beside[0]

    monkeypatch.setattr(measure, "_calls_of", noted)
    monkeypatch.setattr(measure, "_beside", kept)
    found = await measured(manifests("system")["kantata"], "psa", rounds=1, seconds=0.2, folder=tmp_path)

    assert ["project", "held_projects", "time_changes"] == list(found["reads"])
    assert ({}, "", []) == (found["left_out"], found["lifted"], faults(found))
    for read in found["reads"].values():
        assert 0 < read["vendor_calls"]
        assert 0 < read["alone"]["per_second"]
        assert 0 < read["at_once"]["windows"][0]["reads"]
        assert 0 < read["at_once"]["reader_ms"]
    assert 0 < found["reads"]["project"]["room"]["reader_ms"]
    assert (None, NONE_FITS["kantata"]) == (found["client"], found["no_client"])
    assert 4 == len(lines("kantata.psa", found))
    pids = [pid for at in ends for pid in (at.tier_pid, at.vendor_pid)]
    pids += [reader.process.pid for at in beside for reader in at.readers.values()]
    assert 3 == len(pids)
    assert [] == [pid for pid in pids if runs(pid)]


def test_what_could_not_be_entered_is_told_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its line says why, the run goes on, nothing is kept, and it does not end well."""

    async def unwritten(*_: Any, **__: Any) -> dict[str, Any]:
        raise Problem(Kind.UNSUPPORTED, "not_written", "not written yet: psa.put_client")

    monkeypatch.setattr(__main__, "measured", unwritten)
    monkeypatch.setattr(__main__, "RESULTS", tmp_path / "results")
    monkeypatch.setattr("sys.argv", ["load.vendors"])

    assert 1 == __main__.main()
    out, err = capsys.readouterr()
    told = "Problem: not_written: not written yet: psa.put_client"
    assert f"kantata.psa{' ' * 28}{told}" in out
    simulated = [name for name, vendor in manifests("system").items() if not is_real(vendor)]
    assert simulated == [line.split()[2].partition(".")[0] for line in err.splitlines() if line.endswith(told)]
    assert f"the true system, whose speed is its own; {NONE_FITS['tryton']}" in out
    assert not (tmp_path / "results").exists()


def test_a_room_that_is_not_there_does_not_end_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is misspelt measures nothing, and says so."""
    monkeypatch.setattr("sys.argv", ["load.vendors", "--only", "salesfors"])

    assert (1, "not measured: no such room\n") == (__main__.main(), capsys.readouterr().err)


def window(ms: float) -> dict[str, Any]:
    return {"per_second": 1000 / ms, "reader_ms": ms, "vendor_ms": 0.5}


def test_a_client_stands_beside_the_read_that_it_does_too() -> None:
    """With its calls, its processor over the room's and the tier's, and what was lifted for both."""
    client = {"name": "x==1", "read": "one", "vendor_calls": 5, "over_room": 2.0, "over_tier": 1.5, "alone": window(6)}
    row = {"vendor_calls": 1, "alone": window(4), "at_once": window(2)}
    found = {
        "reads": {"one": {**row, "room": window(3)}, "other": {**row, "room": None}},
        "left_out": {},
        "lifted": "calls a day",
        "client": client,
        "no_client": "",
        "client_failed": False,
    }

    first, second, note = lines("a.crm", found)

    assert "1 250.0 500.0 4.00 0.50 3.00 5 166.7 6.00 0.50 2.00 1.50 x==1" == " ".join(first.split()[2:])
    assert "1 250.0 500.0 4.00 0.50" == " ".join(second.split()[2:])
    assert "allowance lifted: calls a day" == note.strip()
    assert len(head()) == len(first.partition("  x==1")[0])


def test_what_was_left_out_and_a_client_that_fails_count_as_not_measured() -> None:
    """Each with its reason; a client that there is not counts for nothing."""
    found = {"reads": {}, "left_out": {"one": "limit: too often"}, "lifted": "", "client": None}

    assert ["one: limit: too often"] == faults({**found, "no_client": "no client", "client_failed": False})
    assert ["one: limit: too often", "the client failed: x"] == faults(
        {**found, "no_client": "the client failed: x", "client_failed": True}
    )
    assert [] == faults({"unmeasured": "the true system"})


def test_a_client_that_does_not_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of its complaint is the reason."""
    script = tmp_path / "jira_reader.py"
    script.write_text("raise RuntimeError('2 rows were read instead of 4')\n", encoding="utf-8")
    monkeypatch.setattr("load.vendors.others._SCRIPTS", tmp_path)
    monkeypatch.setattr("load.vendors.others.interpreter", lambda name: Path(sys.executable))

    with pytest.raises(NoClient, match="RuntimeError: 2 rows were read instead of 4"):
        other("jira", {"authority": "none"})


def test_every_client_of_others_reads_for_a_room_that_there_is() -> None:
    """A script that no room would start is a mistake in its name."""
    scripts = (Path(measure.__file__).parent / "clients").glob("*_reader.py")

    assert {script.stem.removesuffix("_reader") for script in scripts} <= set(manifests("system"))
    assert NONE_FITS["kantata"] == other("kantata", {})
    assert "no client: nobody has looked for one" == other("acme", {})


def test_reasons_and_lifted_allowances_are_of_rooms_that_there_are() -> None:
    """No reason stands beside a client, and none is left of a room that went."""
    scripts = (Path(measure.__file__).parent / "clients").glob("*_reader.py")
    judged = {script.stem.removesuffix("_reader") for script in scripts}

    assert set() == judged & set(NONE_FITS)
    assert set(manifests("system")) >= set(NONE_FITS) | set(LIFTED)
