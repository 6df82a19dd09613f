"""The rules of the house that no linter knows."""

import ast
import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[2]

MANDATED = {
    "pyproject.toml", "README.md", "system_apis", "process_apis", "experience_apis",
    "gateway", "policies", "tests", "load", "k8s",
}  # fmt: skip  # ten names, read as one list
OURS = {"contracts", "kit", "docs"}
TOOLS = {
    ".ci", ".editorconfig", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md",
    "LICENSE", "Makefile", "SECURITY.md", "requirements",
}  # fmt: skip  # this one too

MANIFESTS = {
    "system_apis": "vendor.toml",
    "process_apis": "process.toml",
    "experience_apis": "experience.toml",
}
LINES_PER_FILE = 400
LINES_PER_FUNCTION = 60

FORBIDDEN = re.compile(
    r"/(wor[k]|far[m]|roo[t])/|/hom[e]/\w+/"  # a machine's own paths
    r"|py[p]i\.org|python[h]osted|registry\.np[m]js|proxy\.g[o]lang|crates\.i[o]"  # where packages come from
    r'|"resolve[d]": "http|--(extra-)?index-ur[l]|--find-lin[k]s'  # and how a lock tells it
)
DIRECTIVE = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover|fmt:\s*(?:off|skip))", re.IGNORECASE)
WHOLE_DIRECTIVE = re.compile(
    r"#\s*(noqa:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*|type:\s*ignore(\[[\w, -]+\])?"
    r"|pragma:\s*no cover|fmt:\s*(off|skip))",
    re.IGNORECASE,
)


def test_the_top_level_holds_the_agreed_names(tracked: list[str]) -> None:
    """Ten mandated names, three of ours, and what tools insist on. Nothing else stands at the top."""
    strangers = {path.split("/")[0] for path in tracked} - MANDATED - OURS - TOOLS

    assert set() == strangers


def test_in_a_tier_a_folder_is_a_room(tracked: list[str]) -> None:
    """Beside the rooms a tier holds its `__init__.py` and nothing else."""
    loose = [
        path
        for path in tracked
        if path.split("/")[0] in MANIFESTS and path.count("/") == 1 and not path.endswith("/__init__.py")
    ]

    assert [] == loose


def test_every_room_has_its_manifest(tracked: list[str]) -> None:
    """A room is described by data that can be read before any of its code runs."""
    rooms = {tuple(path.split("/")[:2]) for path in tracked if path.split("/")[0] in MANIFESTS}
    bare = [
        f"{tier}/{room}"
        for tier, room in sorted(rooms)
        if room != "__init__.py" and f"{tier}/{room}/{MANIFESTS[tier]}" not in tracked
    ]

    assert [] == bare


def test_in_policies_a_file_is_a_policy(tracked: list[str]) -> None:
    """The policies have no folders: one file tells one rule of the door."""
    deep = [path for path in tracked if path.startswith("policies/") and path.count("/") > 1]

    assert [] == deep


def test_no_file_is_too_long(modules: dict[str, ast.Module]) -> None:
    """A file has one subject, and four hundred lines are enough for one."""
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in modules}

    assert {} == {path: length for path, length in lengths.items() if length > LINES_PER_FILE}


def test_no_function_is_too_long(modules: dict[str, ast.Module]) -> None:
    """Aim at thirty lines; sixty is the end."""
    long = {
        f"{path}:{node.lineno} {node.name}": length
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LINES_PER_FUNCTION
    }

    assert {} == long


def test_every_test_says_what_it_holds(modules: dict[str, ast.Module]) -> None:
    """A test's docstring states the behaviour; the code below it is the proof."""
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules.items()
        if path.startswith("tests/")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert [] == silent


def test_every_exception_to_a_rule_gives_its_reason(modules: dict[str, ast.Module]) -> None:
    """Whoever silences a checker says why, on the same line."""
    unexplained = [f"{path}:{line}" for path in modules for line, comment in _comments(path) if _lacks_reason(comment)]

    assert [] == unexplained


def test_a_reason_is_more_than_a_directive() -> None:
    """The check above takes a sentence for a reason, and neither nothing nor one word."""
    assert _lacks_reason("# noqa: S101")
    assert _lacks_reason("# noqa")
    assert _lacks_reason("# type: ignore[arg-type]  # mypy")
    assert not _lacks_reason("# noqa: S101 - a benchmark without work must stop")
    assert not _lacks_reason("# type: ignore[arg-type]  # the library's stub says str, it takes bytes")
    assert not _lacks_reason("# an ordinary remark")


def test_nothing_tells_of_one_machine(tracked: list[str]) -> None:
    """No path of somebody's machine and no address of a package registry stands in the tree."""
    told = [
        f"{path}:{number}"
        for path in tracked
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if FORBIDDEN.search(line)
    ]

    assert [] == told


def _comments(path: str) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO((ROOT / path).read_text()).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def _lacks_reason(comment: str) -> bool:
    if not DIRECTIVE.search(comment):
        return False
    reason = WHOLE_DIRECTIVE.sub("", comment)
    return DIRECTIVE.search(reason) is not None or len(re.findall(r"\w+", reason)) < 2


def _text(path: str) -> str:
    return (ROOT / path).read_bytes().decode(errors="ignore")
