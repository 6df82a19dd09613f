from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
import tomli_w

from kit.cli.main import main
from kit.store import Store, migrate
from kit.store.tables import AUDIT
from kit.trust import new_key_pair
from tests.kit.audit.test_sequencing import line

pytestmark = [pytest.mark.req(290), pytest.mark.usefixtures("told")]
PAIRS = {name: new_key_pair() for name in ("chain", "olivia", "marcus")}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, keys and a store with three lines that nobody chained, in the folder where the commands run."""
    monkeypatch.chdir(tmp_path)
    for name, (private, public) in PAIRS.items():
        Path(f"{name}.key").write_text(private)
        Path(f"{name}.pub").write_text(public)
    redactors = {name: PAIRS[name][1] for name in ("olivia", "marcus")}
    tree = {
        "tenant": "acme",
        "store": {"url": f"sqlite:///{tmp_path / 'sluice.db'}"},
        "audit": {"private_keys": PAIRS["chain"][0], "redactors": redactors},
    }
    Path("sluice.toml").write_text(tomli_w.dumps(tree))
    monkeypatch.setenv("SLUICE_SETTINGS", "sluice.toml")
    migrate(tree["store"]["url"])  # type: ignore[index]  # a tree of settings is not typed by depth

    async def fill() -> None:
        store = Store.at(f"sqlite:///{tmp_path / 'sluice.db'}")
        rows = [{**line("c", number), "actor": "zoe", "detail": "her number is 555"} for number in (1, 2, 3)]
        async with store.write() as connection:
            await connection.execute(sa.insert(AUDIT), rows)
        await store.close()

    asyncio.run(fill())


def audit(words: str) -> int:
    return main(["audit", *words.split(), *(["--settings", "sluice.toml"] if not words.startswith("verify") else [])])


def test_the_whole_way_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Late, exported, proven; redacted by two people, exported and proven again; edited, and refused by its entry."""
    assert 1 == audit("status")
    assert 0 == audit("export --out first.jsonl")
    assert 0 == audit("status")
    assert 0 == main(["audit", "verify", "first.jsonl", "--key", "chain.pub"])
    assert "whole: 3 entries of acme" in capsys.readouterr().out

    assert 0 == audit("redact --entry 2 --text detail --reason erasure --by olivia --key olivia.key")
    assert 1 == audit("redact --confirm 4 --by olivia --key olivia.key")
    assert 2 == audit("redact --confirm 4 --by marcus --key olivia.key")
    assert 2 == audit("redact --confirm 4 --by zoe --key olivia.key")
    assert 0 == audit("redact --confirm 4 --by marcus --key marcus.key")
    assert 0 == audit("export --out second.jsonl")
    lines = Path("second.jsonl").read_bytes().splitlines(keepends=True)
    Path("witness.jsonl").write_bytes(b"".join(each for each in lines if each.endswith(b'"type":"checkpoint"}\n')))
    assert 0 == main(["audit", "verify", "second.jsonl", "--witness", "witness.jsonl"])
    assert "5 entries of acme, 2 checkpoints, 1 redactions" in capsys.readouterr().out
    assert (3, 2) == tuple(
        Path(each).read_text().count("her number is 555") for each in ("first.jsonl", "second.jsonl")
    )

    Path("second.jsonl").write_bytes(b"".join(lines).replace(b'"ref":"r3"', b'"ref":"r9"'))
    assert 1 == main(["audit", "verify", "second.jsonl"])
    assert capsys.readouterr().err.startswith("broken: entry 3 (line 4)")
    assert 1 == main(["audit", "verify", "first.jsonl", "--witness", "witness.jsonl", "--key", "olivia.pub"])


def test_a_file_that_is_not_there_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither nothing to verify, nor a file to overwrite, nor a key that is none."""
    Path("there.jsonl").touch()

    assert 2 == main(["audit", "verify", "nowhere.jsonl"])
    assert 2 == audit("export --out there.jsonl")
    assert 2 == main(["audit", "verify", "there.jsonl", "--key", "sluice.toml"])
    assert "nowhere.jsonl" in capsys.readouterr().err
