"""The import law bites: a small house keeps every contract of the linter, and one line breaks each."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {each["id"]: each["name"] for each in PYPROJECT["tool"]["importlinter"]["contracts"]}

SMALL_HOUSE = {
    "contracts/port.py": "",
    "contracts/problem.py": "",
    "contracts/canonical/money.py": "",
    "contracts/events/deal.py": "",
    "contracts/changes/split.py": "",
    "contracts/system/crm.py": "import contracts.port, contracts.canonical.money",
    "contracts/process/quote.py": "import contracts.canonical.money",
    "contracts/experience/portal.py": "import contracts.problem",
    "kit/ports.py": "import contracts.port, contracts.problem, litestar",
    "kit/http.py": "import httpx",
    "kit/force.py": "import kit.http",
    "kit/sandbox.py": "",
    "kit/durable/engine.py": "import dbos",
    "kit/cli/main.py": "import kit.ports",
    "policies/throttle.py": "import slowapi, contracts.problem",
    "policies/mask.py": "import kit.ports",
    "gateway/app.py": "import policies.mask, contracts.changes.split",
    "system_apis/north/wire.py": "",
    "system_apis/north/client.py": "import kit.http, system_apis.north.wire",
    "system_apis/north/mapping.py": "import contracts.canonical.money, system_apis.north.wire",
    "system_apis/north/service.py": "import contracts.system.crm, contracts.events.deal, "
    "system_apis.north.client, system_apis.north.mapping",
    "system_apis/north/simulator.py": "import kit.sandbox, litestar",
    "system_apis/south/simulator/state.py": "import kit.sandbox",
    "process_apis/quote/rules.py": "import contracts.canonical.money",
    "process_apis/quote/steps.py": "import contracts.system.crm",
    "process_apis/quote/service.py": "import contracts.process.quote, kit.durable.engine",
    "process_apis/cases/service.py": "import contracts.problem",
    "experience_apis/portal/views.py": "import contracts.process.quote",
    "experience_apis/portal/service.py": "import contracts.experience.portal, contracts.process.quote, kit.ports",
    "experience_apis/tower/service.py": "import contracts.port",
}

# contract -> lines that break it, each alone in its file
OFFENCES = {
    "stairs": [
        ("kit/leans.py", "import policies.mask"),
        ("gateway/leans.py", "import system_apis.north.wire"),
    ],
    "vendors-apart": [("system_apis/south/peeks.py", "import system_apis.north.wire")],
    "processes-apart": [("process_apis/cases/peeks.py", "import process_apis.quote.rules")],
    "audiences-apart": [("experience_apis/tower/peeks.py", "import experience_apis.portal.views")],
    "policies-apart": [("policies/quota.py", "import policies.throttle")],
    "experience-reads": [("experience_apis/tower/dates.py", "import contracts.changes.split")],
    "process-reads": [("process_apis/cases/dates.py", "import contracts.changes.split")],
    "system-reads": [("system_apis/north/dates.py", "import contracts.changes.split")],
    "no-leap-down": [
        ("experience_apis/tower/leaps.py", "import contracts.system.crm"),
        ("contracts/process/leaps.py", "import contracts.system.crm"),
        ("experience_apis/portal/detour.py", "import contracts.process.leaps"),
    ],
    "no-look-up": [("system_apis/north/looks.py", "import contracts.process.quote")],
    "no-look-up-from-process": [("process_apis/quote/looks.py", "import contracts.experience.portal")],
    "contracts-bare": [
        ("contracts/canonical/speaks.py", "import httpx"),
        ("contracts/db.py", "import sqlalchemy"),
    ],
    "pure": [
        ("system_apis/south/mapping.py", "import kit.http"),
        ("process_apis/cases/rules.py", "import sqlalchemy"),
        ("experience_apis/tower/views.py", "import experience_apis.tower.service"),
    ],
    "simulators-alone": [
        ("system_apis/south/simulator/borrows.py", "import system_apis.south.wire"),
        ("system_apis/south/simulator/knows.py", "import contracts.problem"),
        ("system_apis/south/simulator/calls.py", "import kit.http"),
    ],
    "ends-apart": [("kit/force.py", "import kit.sandbox")],
    "adapters-alone": [("system_apis/south/pretends.py", "import kit.sandbox")],
    "sandbox-bare": [("kit/sandbox.py", "import contracts.problem")],
    "engine-in-one-place": [("kit/store.py", "import dbos")],
    "grammar-in-one-place": [("policies/counts.py", "import slowapi")],
    "command-on-top": [("kit/starts.py", "import kit.cli.main")],
    "no-cycles": [("kit/turns.py", "import kit.round")],
    "not-on-tests": [("kit/tried.py", "import tests.doubles")],
}
HELPERS = {
    "system_apis/south/wire.py": "",
    "experience_apis/tower/service.py": "import kit.ports",
    "kit/round.py": "import kit.turns",
}


def test_a_house_that_keeps_the_law_passes(tmp_path: Path) -> None:
    """Every contract is kept by the smallest house that has one of each room."""
    report = lint(tmp_path, SMALL_HOUSE)

    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in report


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a house in which every law is broken once."""
    offences = {file: line for lines in OFFENCES.values() for file, line in lines}
    return lint(tmp_path_factory.mktemp("house"), SMALL_HOUSE | HELPERS | offences)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_contract_has_a_line_that_breaks_it(contract: str, broken: str) -> None:
    """The linter names the offending import under the contract that it breaks."""
    _, _, said = broken.rpartition(f"\n{CONTRACTS[contract]}\n---")
    said, _, _ = said.partition("\n---")

    for file, line in OFFENCES[contract]:
        importer = file.removesuffix(".py").replace("/", ".")
        imported = line.removeprefix("import ")
        links = [f"{importer} -> {imported}", f"{importer} -> {imported.partition('.')[0]} "]
        assert any(link in said for link in [*links, f"{_tail(importer)} -> {_tail(imported)}"])


def _tail(module: str) -> str:
    return f".{module.rpartition('.')[2]}"


def lint(home: Path, house: dict[str, str]) -> str:
    """Write the house into `home` and let the linter judge it by our own law."""
    for file, line in house.items():
        path = home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.relative_to(home).parents:
            if folder != Path():
                (home / folder / "__init__.py").touch()
        path.write_text(f"{line}\n")
    linter = Path(sys.executable).parent / "lint-imports"
    law = ["--config", str(ROOT / "pyproject.toml"), "--no-logo", "--no-cache"]
    done = subprocess.run(
        [linter, *law],
        cwd=home,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(home), "COLUMNS": "400"},
    )
    return done.stdout
