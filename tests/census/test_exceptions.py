"""Which exceptions processes raise, and where: computed from the code, committed, and held against the catalogue."""

import ast
import importlib
import re
from pathlib import Path

from process_apis.casework.catalogue import FILE, read_catalogue

ROOT = Path(__file__).parents[2]
CENSUS = Path(__file__).with_name("exceptions.txt")
REWRITE = "run: pytest tests/census --update-census"
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
# Where exceptions come from: every process but the one that keeps the catalogue, and the engine's own faults.
PLACES = ("process_apis", "kit/durable")


def test_the_census_of_exceptions_is_current(*, update_census: bool) -> None:
    """The committed list says who raises what; an exception that comes or goes is a line in the review."""
    computed = census()
    if update_census:
        CENSUS.write_text(computed)

    assert computed == CENSUS.read_text(), REWRITE


def test_every_code_that_is_raised_stands_in_the_catalogue() -> None:
    """An exception without an owner and a clock would wait for nobody."""
    assert set() == set(raised()) - set(read_catalogue(FILE.read_text()))


def test_every_code_of_the_catalogue_is_documented_as_raised_or_not_yet() -> None:
    """The list names every entry of the catalogue, those that nobody raises yet included."""
    listed = set(re.findall(r"^([A-Z0-9_]+)$", CENSUS.read_text(), re.MULTILINE))

    assert set(read_catalogue(FILE.read_text())) == listed


def test_a_room_and_the_catalogue_say_the_same_of_a_code() -> None:
    """Whoever reads the catalogue and whoever meets the exception read the same words, owner, hours and cause."""
    known = read_catalogue(FILE.read_text())
    rooms = [path.parent.name for path in sorted((ROOT / "process_apis").glob("*/catalogue.py"))]
    assert {"quote_to_project", "time_to_bill"} <= set(rooms)
    differing = [
        f"{room} {code} {name}: {getattr(entry, name)!r}, {getattr(known[code], name)!r}"
        for room in rooms
        for code, entry in getattr(importlib.import_module(f"process_apis.{room}.catalogue"), "CATALOGUE", {}).items()
        for name in ("title", "hint", "owner_role", "due_in_h", "cause")
        if getattr(entry, name) != getattr(known[code], name)
    ]

    assert [] == differing


def census() -> str:
    """One line a code of the catalogue, with the modules that raise it below."""
    found, known = raised(), sorted(read_catalogue(FILE.read_text()))
    alive = [code for code in known if code in found]
    lines = [f"# exceptions of the catalogue: {len(known)}, raised by some process: {len(alive)}; computed, {REWRITE}"]
    for code in known:
        lines += [code, *(f"    {place}" for place in sorted(found.get(code, {"nobody yet"})))]
    return "\n".join(lines) + "\n"


def raised() -> dict[str, set[str]]:
    """Every literal that looks like a code, by code, with the modules it stands in."""
    found: dict[str, set[str]] = {}
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            relative = str(path.relative_to(ROOT))
            if relative.startswith("process_apis/casework/"):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                    found.setdefault(node.value, set()).add(relative)
    return found
