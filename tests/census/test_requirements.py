"""Which tests prove which requirement: computed from the tests themselves, committed, and compared."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CENSUS = Path(__file__).with_name("requirements.txt")
STATED = ROOT / "docs" / "requirements.md"
REWRITE = "run: pytest tests/census --update-census"


def test_the_census_of_requirements_is_current(*, update_census: bool) -> None:
    """The committed list says which test proves what; a proof that comes or goes is a line in the review."""
    computed = census()
    if update_census:
        CENSUS.write_text(computed)

    assert computed == CENSUS.read_text(), REWRITE


def test_every_number_in_use_is_stated() -> None:
    """A test cannot prove a requirement that nobody has stated."""
    stated = {int(number) for number in re.findall(r"^\| (\d+) \|", STATED.read_text(), re.MULTILINE)}

    assert set() == set(proofs()) - stated


def test_the_numbers_are_stated_once_and_without_a_gap() -> None:
    """Requirements are numbered from one, each number once."""
    stated = [int(number) for number in re.findall(r"^\| (\d+) \|", STATED.read_text(), re.MULTILINE)]

    assert list(range(1, len(stated) + 1)) == stated


def test_marks_are_found_wherever_they_may_stand() -> None:
    """A mark counts on a function, on its class, on its module and on one of its parameters."""
    source = """
pytestmark = [pytest.mark.slow, pytest.mark.req(1)]

@pytest.mark.req(2)
class TestDoor:
    @pytest.mark.req(3, 4)
    async def test_opens(self): ...

@pytest.mark.parametrize("way", [pytest.param("in", marks=pytest.mark.req(5))])
def test_way(way): ...

def helper(): ...
"""
    found = sorted(_proofs_in(ast.parse(source), "t.py"))

    opens, way = "t.py::TestDoor::test_opens", "t.py::test_way"
    assert [(1, opens), (1, way), (2, opens), (3, opens), (4, opens), (5, way)] == found


def census() -> str:
    """Return one line a requirement that is proved, with the tests that prove it below."""
    found = proofs()
    lines = [f"# requirements that have a test: {len(found)}; computed, {REWRITE}"]
    for number in sorted(found):
        lines += [f"{number}", *(f"    {test}" for test in sorted(found[number]))]
    return "\n".join(lines) + "\n"


def proofs() -> dict[int, set[str]]:
    """Return the tests that prove each requirement."""
    found: dict[int, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number, test in _proofs_in(ast.parse(path.read_text()), str(path.relative_to(ROOT))):
            found.setdefault(number, set()).add(test)
    return found


def _proofs_in(module: ast.Module, path: str) -> list[tuple[int, str]]:
    everywhere = [
        number
        for statement in module.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(name, ast.Name) and name.id == "pytestmark" for name in statement.targets)
        for number in _numbers([statement.value])
    ]
    return _within(module.body, path, everywhere)


def _within(body: list[ast.stmt], place: str, inherited: list[int]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for node in body:
        if isinstance(node, ast.ClassDef):
            numbers = inherited + _numbers(node.decorator_list)
            found += _within(node.body, f"{place}::{node.name}", numbers)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            numbers = inherited + _numbers(node.decorator_list)
            found += [(number, f"{place}::{node.name}") for number in numbers]
    return found


def _numbers(marks: list[ast.expr]) -> list[int]:
    """Read the numbers of every `req(...)` in these expressions; they must be written out."""
    return [
        int(ast.literal_eval(argument))
        for mark in marks
        for call in ast.walk(mark)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "req"
        for argument in call.args
    ]
