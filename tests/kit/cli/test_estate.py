"""Every estate names vendors that there are, tells a story that there is, and joins what it has."""

from pathlib import Path

import pytest

from kit.cli import estate as estates
from kit.cli.estate import estate
from kit.cli.story import script
from kit.settings import SettingsError

NAMES = sorted(path.stem for path in (Path(estates.__file__).parent / "estates").glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_an_estate_is_whole(name: str) -> None:
    """Its connections lead to rooms, its processes to its connections, and its story can be read."""
    found = estate(name)

    wanted = [*found.facts["process_apis"].values(), {"connections": {"crm": found.story["connection"]}}]
    joined = {connection for facts in wanted for connection in facts.get("connections", {}).values()}
    assert joined <= set(found.vendors)
    for process, facts in found.facts["process_apis"].items():
        roles = {role: found.vendors[connection].roles for role, connection in facts.get("connections", {}).items()}
        assert all(role in served for role, served in roles.items()), process
    room = found.vendors[found.story["connection"]]
    steps = script(room.path / "fixtures" / found.story["script"])
    assert found.story["deal"] in {step.get("save") for step in steps}


def test_an_estate_that_is_none_is_refused() -> None:
    """The refusal names those that there are."""
    with pytest.raises(SettingsError, match="atlantic"):
        estate("atlantis")
