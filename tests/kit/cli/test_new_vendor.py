"""A new vendor passes every check from its first minute, and says of every method that it is not written yet."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.port import operations
from kit.cli.main import main
from kit.cli.new.asked import asked_of, import_block, roles
from kit.cli.new.vendor import vendor, write
from kit.settings import SettingsError
from kit.tier import manifests
from kit.tier.documents import contract_of

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
COPIED = (
    *("contracts", "kit", "policies", "gateway", "process_apis", "experience_apis"),
    "tests/conformance",
    "pyproject.toml",
    "system_apis/__init__.py",
)
ROOMS = ("system_apis", "tests/system_apis")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of what a new room stands on, with one for the CRM and one for all other roles at once."""
    place = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        origin, target = ROOT / name, place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(origin, target)
    (place / "tests/system_apis").mkdir()
    if (ROOT / ".mypy_cache").is_dir():  # what is known of everything else need not be found out again
        shutil.copytree(ROOT / ".mypy_cache", place / ".mypy_cache")
    others = [word for role in roles() if role != "crm" for word in ("--role", role)]
    for words in (
        ["acme", "--role", "crm"],
        ["a_new_office_of_the_firm", *others, "--title", "The New Office & Söhne GmbH KG"],
    ):
        done = ran(place, "kit.cli.main", "new", "vendor", *words)
        assert 0 == done.returncode, done.stderr
    yield place
    shutil.rmtree(place)


def ran(place: Path, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A module run in the copy, where the copy goes before this house; without what pytest tells its children."""
    told = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=place, env=told, capture_output=True, text=True, check=False, timeout=110)


@pytest.mark.parametrize("words", [("check",), ("format", "--check", "--diff")])
def test_what_was_written_is_in_the_style_of_the_house(checkout: Path, words: tuple[str, ...]) -> None:
    """No rule of the linter is broken and nothing is to be formatted, whatever name, title and roles."""
    done = ran(checkout, "ruff", *words, *ROOMS)

    assert (0, "") == (done.returncode, done.stderr if done.returncode else ""), done.stdout


def test_what_was_written_is_typed_and_obeys_the_import_law(checkout: Path) -> None:
    """Every service answers its contract for a strict checker, and imports go down only."""
    typed = ran(checkout, "mypy", *ROOMS)
    imports = subprocess.run(
        [BIN / "lint-imports", "--no-logo"], cwd=checkout, capture_output=True, text=True, check=False
    )

    assert 0 == typed.returncode, typed.stdout
    assert 0 == imports.returncode, imports.stdout


def test_files_and_functions_have_the_length_of_the_house(checkout: Path) -> None:
    """Room for what is to be written: no file begins longer than 250 lines."""
    lengths = {path: len(path.read_text().splitlines()) for room in ROOMS for path in (checkout / room).rglob("*.py")}

    assert len(lengths) > 2 * 15
    assert {} == {path: length for path, length in lengths.items() if length > 250}


def test_its_own_tests_pass_at_once(checkout: Path) -> None:
    """Token, pages, keys, throttling and refusals of the simulator that comes with it."""
    done = ran(checkout, "pytest", "-n0", "-q", "-p", "no:cacheprovider", "tests/system_apis")

    assert 0 == done.returncode, done.stdout
    assert re.search(r"\d\d passed", done.stdout)


def test_the_suite_of_its_role_says_what_is_not_written(checkout: Path) -> None:
    """Methods by name and the file to write them in; only what a manifest can answer is answered already."""
    done = ran(checkout, "pytest", "-n0", "-q", "-p", "no:cacheprovider", "tests/conformance", "-k", "acme")

    missing = {operation.name for operation in operations(contract_of("system", "crm"))} - {"capabilities"}
    told = set(re.findall(r"not written yet: crm\.(\w+); see system_apis/acme/service\.py", done.stdout))
    assert 1 == done.returncode
    assert {"opportunity", "opportunity_changes"} <= told <= missing


@pytest.mark.parametrize("role", roles())
def test_every_method_of_the_contract_is_asked_for(role: str) -> None:
    """In the contract's order and words; each is refused by its own name, capabilities apart."""
    asked = asked_of(role)
    names = [operation.name for operation in operations(contract_of("system", role))]
    text = vendor("acme", [role])["system_apis/acme/service.py"]

    assert names == [method.name for method in asked.methods]
    assert [name for name in names if name != "capabilities"] == re.findall(rf'_unwritten\("{role}\.(\w+)"\)', text)
    assert all(method.head in text for method in asked.methods)


@pytest.mark.parametrize(
    "name", ["Acme", "1acme", "acme-books", "acme__books", "_acme", "acme_", "class", "json", "a" * 25, "../acme", ""]
)
def test_a_name_that_no_room_can_have_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what a name may be; nothing is written."""
    assert 2 == main(["new", "vendor", "--role", "crm", "--", name])
    assert "small letters" in capsys.readouterr().err


@pytest.mark.parametrize("title", ['Acme "Books"', "Acme\\", "Acme\nBooks", "A" * 31])
def test_a_title_that_would_break_what_is_written_is_refused(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It stands in strings and in first lines."""
    assert 2 == main(["new", "vendor", "acme", "--role", "crm", "--title", title])
    assert "cannot be a title" in capsys.readouterr().err


def test_a_name_that_stands_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A room is never written over, nor the tests of one."""
    before = sorted((ROOT / "system_apis/kantata").iterdir())

    assert 2 == main(["new", "vendor", "kantata", "--role", "psa"])
    assert "system_apis/kantata stands already" in capsys.readouterr().err
    assert before == sorted((ROOT / "system_apis/kantata").iterdir())


def test_an_unknown_role_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever misspells one reads the others."""
    assert 2 == main(["new", "vendor", "acme", "--role", "crn"])
    assert ", ".join(roles()) in capsys.readouterr().err
    assert {"crm", "erp", "psa"} <= set(roles())
    assert "acme" not in manifests("system")


def test_what_is_no_checkout_is_not_written_into(tmp_path: Path) -> None:
    """A wheel has no tests beside it, and a vendor without tests is none."""
    with pytest.raises(SettingsError, match="no checkout"):
        write(tmp_path, vendor("acme", ["crm"]))

    assert [] == list(tmp_path.iterdir())


def test_imports_come_in_the_order_of_the_house() -> None:
    """The language's, others', ours; constants, classes, functions; a long one takes a line for each name."""
    block = import_block(
        [
            *(("contracts.problem", name) for name in ("kind_of", "Problem", "MEDIA_TYPE")),
            *(("contracts.system.erp", f"AVeryLongNameOfAStructOfARole{number}") for number in range(4)),
            ("msgspec", "Struct"),
            ("datetime as dt", ""),
        ]
    )

    first, second, third = block.split("\n\n")
    assert ("import datetime as dt", "from msgspec import Struct") == (first, second)
    assert "from contracts.problem import MEDIA_TYPE, Problem, kind_of\nfrom contracts.system.erp import (\n" in third
    assert third.endswith("Role3,\n)")
