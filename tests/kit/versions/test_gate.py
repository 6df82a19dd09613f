"""The gate: a contract may not take away what callers of the committed document rely on, unless a change says so."""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kit.cli.commands import openapi
from kit.tier.documents import FOLDER, dated, every_document, newest
from kit.tier.manifest import TIERS
from kit.versions import ChangeRefused, history
from kit.versions.blessed import blessed, breaks
from kit.versions.changelog import changelog
from kit.versions.document import versioned
from kit.versions.history import read
from kit.versions.walk import walk

HISTORY = history("partners")


@pytest.mark.req(5, 31, 212)
def test_three_versions_are_drawn_from_one_contract() -> None:
    """The newest states objects for money; the oldest has the old words; all describe the same operations."""
    documents = {version: dated("partners", version) for version in HISTORY.versions}
    schemas = {version: document["components"]["schemas"] for version, document in documents.items()}

    assert ("2026-11-20", "2026-08-17", "2026-05-04") == HISTORY.versions
    assert 1 == len({tuple(document["paths"]) for document in documents.values()})
    assert ["value" in schemas[version]["Project"]["properties"] for version in HISTORY.versions] == [
        True,
        False,
        False,
    ]
    assert "live" in schemas["2026-05-04"]["ProjectState"]["enum"]
    assert "Period" not in schemas["2026-08-17"]
    assert "comment" in schemas["2026-05-04"]["Acknowledge"]["properties"]


def test_the_committed_documents_of_partners_are_current() -> None:
    """What is committed is what contract and changes give."""
    for version in HISTORY.versions:
        kept = json.loads((FOLDER / f"partners-{version}.json").read_text())
        assert json.loads(json.dumps(dated("partners", version))) == kept, version


def test_the_changelog_of_partners_is_current() -> None:
    """It is written from the change files and nowhere else."""
    book = FOLDER.parent.parent / "docs" / "partners-changelog.md"

    assert changelog(HISTORY, title="partner API") == book.read_text(), "run `sluice openapi`"


def test_classification_survives_in_every_version() -> None:
    """What is confidential in the newest shape is so in the older ones, and nobody may count on seeing it."""
    for version in HISTORY.versions:
        project = dated("partners", version)["components"]["schemas"]["Project"]
        money = [name for name in ("value", "amount", "currency") if name in project["properties"]]
        assert {"confidential"} == {project["properties"][name]["x-classification"] for name in money}
        assert set(project["required"]).isdisjoint(money)


def repository(folder: Path, documents: dict[str, dict[str, Any]]) -> None:
    """A repository in which these documents are committed."""
    for words in (["init", "-q", "-b", "main"], ["config", "user.email", "a@b.example"], ["config", "user.name", "a"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    subprocess.run(["git", "-C", str(folder), "add", "."], check=True)
    subprocess.run(["git", "-C", str(folder), "commit", "-q", "-m", "publish"], check=True)


def test_what_is_committed_is_what_counts(tmp_path: Path) -> None:
    """The working tree may say anything; callers hold what was committed."""
    repository(tmp_path, {"partners-2026-11-20": dated("partners", "2026-11-20")})
    (tmp_path / "partners-2026-11-20.json").write_text("{}")

    assert {"partners-2026-11-20": dated("partners", "2026-11-20")} == blessed(tmp_path)


def test_without_a_repository_nothing_is_compared(tmp_path: Path) -> None:
    """An image holds the documents and no history of them."""
    assert {} == blessed(tmp_path)


def renamed() -> dict[str, Any]:
    """The newest contract with a member renamed, as if somebody had edited it."""
    document = newest("partners")
    project = document["components"]["schemas"]["Project"]
    project["properties"]["title"] = project["properties"].pop("name")
    project["required"] = ["title" if each == "name" else each for each in project["required"]]
    return document


@pytest.mark.req(22)
def test_a_breaking_edit_without_a_change_is_found_in_every_version() -> None:
    """The newest document and all that are drawn from it lose the member."""
    kept = {version: dated("partners", version) for version in HISTORY.versions}
    edited = {version: versioned(renamed(), HISTORY, version) for version in HISTORY.versions}
    found = breaks(kept, edited)

    assert set(HISTORY.versions) == set(found)
    assert {"answer_member_removed"} == {each.rule for each in found["2026-11-20"]}


def test_with_a_change_the_older_documents_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same edit, covered: every version that was committed is drawn again exactly, and a new one stands above."""
    import datetime as dt
    from dataclasses import replace
    from types import ModuleType

    module: Any = ModuleType("contracts.changes.v2027_01_15_title")
    module.__doc__ = "The name of a project is its title."
    module.SINCE, module.OPERATIONS, module.SHAPES = dt.date(2027, 1, 15), ("partners_project",), ("Project",)
    module.upgrade = lambda shape, body: body
    module.downgrade = lambda shape, body: body

    def before(shape: str, schema: dict[str, Any]) -> dict[str, Any]:
        members = {"name" if name == "title" else name: each for name, each in schema["properties"].items()}
        needed = ["name" if each == "title" else each for each in schema["required"]]
        return {**schema, "properties": members, "required": needed}

    module.before = before
    covered = replace(HISTORY, changes=(read(module), *HISTORY.changes))

    kept = {version: dated("partners", version) for version in HISTORY.versions}
    drawn = {version: versioned(renamed(), covered, version) for version in covered.versions}
    assert {} == breaks(kept, drawn)
    assert "2027-01-15" == covered.newest
    assert "title" in drawn["2027-01-15"]["components"]["schemas"]["Project"]["properties"]


def test_the_command_refuses_a_break(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`sluice openapi --check` ends with 1 and says what breaks whom."""
    documents = every_document(TIERS)
    documents["partners-2026-11-20"] = versioned(renamed(), HISTORY, "2026-11-20")
    monkeypatch.setattr(
        openapi, "blessed", lambda folder, against: {"partners-2026-11-20": dated("partners", "2026-11-20")}
    )
    monkeypatch.setattr(openapi, "every_document", lambda tiers: documents)

    assert 1 == openapi.run(argparse.Namespace(check=True, against=""))
    assert "breaks callers of partners-2026-11-20.json: GET /partners/projects/{project_id}" in capsys.readouterr().out
    assert 1 == openapi.run(argparse.Namespace(check=False, against=""))


def test_a_change_file_states_all_or_is_refused() -> None:
    """Its reason, its date in its name, whom and what it concerns."""
    from types import ModuleType

    module: Any = ModuleType("contracts.changes.v2027_01_15_title")
    with pytest.raises(ChangeRefused, match="does not state SINCE"):
        read(module)
    import contracts.changes.v2026_11_20_nested_period as good

    for name, value in vars(good).items():
        if name in {"__doc__", "SINCE", "OPERATIONS", "SHAPES", "upgrade", "downgrade", "before"}:
            setattr(module, name, value)
    with pytest.raises(ChangeRefused, match="not named after its date"):
        read(module)
    module.__name__ = "contracts.changes.v2026_11_20_empty"
    module.SHAPES = ()
    with pytest.raises(ChangeRefused, match="concerns nothing"):
        read(module)


@pytest.mark.parametrize(
    ("schemas", "why"),
    [
        ({"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}}, "contains itself"),
        ({"A": {"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "string"}]}, "B": {}}, "several alternatives"),
    ],
)
def test_a_schema_in_which_nobody_finds_the_way_is_refused(schemas: dict[str, Any], why: str) -> None:
    """Circles and forks are refused when the gateway opens, not when somebody calls."""
    with pytest.raises(ChangeRefused, match=why):
        walk({"$ref": "#/components/schemas/A"}, schemas, shapes={"B"})
