from pathlib import Path

import pytest
from msgspec import Struct

from kit.settings import MASK, Secret, SettingsError, decode, overlaid
from kit.tier.settings import lines, load


class Toy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    key: Secret
    size: int = 1


def test_a_secret_is_never_shown() -> None:
    """Whatever prints it prints a mask; only `reveal` gives the value."""
    secret = Secret("s3cret")

    assert (MASK, MASK, MASK) == (str(secret), repr(secret), f"{secret}")
    assert "s3cret" == secret.reveal()
    assert "s3cret" not in repr(Toy(url="u", key=secret))


def test_later_wins_and_secrets_may_lie_in_files(tmp_path: Path) -> None:
    """TOML, then environment, then the file that a `_FILE` variable names."""
    (tmp_path / "key").write_text("from-file\n")
    environment = {"SLUICE__SIZE": "7", "SLUICE__KEY_FILE": str(tmp_path / "key"), "OTHER": "x"}
    tree, origins = overlaid({"url": "u", "size": 3}, environment)

    toy = decode(Toy, tree, section="toy")
    assert ("u", 7, "from-file") == (toy.url, toy.size, toy.key.reveal())
    assert {"size": "environment SLUICE__SIZE", "key": "file named by SLUICE__KEY_FILE"} == origins


def test_a_dash_in_a_name_can_be_reached_from_the_environment() -> None:
    """`CRM_EMEA` means the connection `crm-emea` if there is one."""
    tree, _ = overlaid({"connections": {"crm-emea": {"a": 1}}}, {"SLUICE__CONNECTIONS__CRM_EMEA__A": "2"})

    assert {"connections": {"crm-emea": {"a": "2"}}} == tree


def test_a_list_is_given_one_by_one(tmp_path: Path) -> None:
    """Numbered variables are a list, also of secrets in files; where a number is left out they are none."""
    file = tmp_path / "key"
    file.write_text("first\n")

    tree, _ = overlaid({}, {"SLUICE__KEYS__1": "second", "SLUICE__KEYS__0_FILE": str(file)})
    gap, _ = overlaid({}, {"SLUICE__KEYS__0": "first", "SLUICE__KEYS__2": "third"})

    assert {"keys": ["first", "second"]} == tree
    assert {"keys": {"0": "first", "2": "third"}} == gap


@pytest.mark.parametrize(
    ("tree", "named"),
    [
        ({"url": "u", "key": "k", "sise": 1}, "sise"),
        ({"url": "u"}, "key"),
        ({"url": "u", "key": "k", "size": "many"}, "size"),
    ],
)
def test_what_is_unknown_missing_or_of_the_wrong_type_is_named(tree: dict[str, object], named: str) -> None:
    """The refusal names section and key."""
    with pytest.raises(SettingsError, match=rf"\[toy\].*{named}"):
        decode(Toy, tree, section="toy")


def test_an_unreadable_secret_file_is_named() -> None:
    """The message names the variable, not what might have stood in the file."""
    with pytest.raises(SettingsError, match="SLUICE__KEY_FILE"):
        overlaid({}, {"SLUICE__KEY_FILE": "/nowhere/at/all"})


def test_a_value_cannot_be_used_as_a_section() -> None:
    """A variable that goes through a plain value is refused."""
    with pytest.raises(SettingsError, match="not a section"):
        overlaid({"tenant": "x"}, {"SLUICE__TENANT__NAME": "y"})


def test_every_given_value_is_shown_with_its_origin_and_secrets_masked(tmp_path: Path) -> None:
    """What `sluice settings` prints."""
    path = tmp_path / "sluice.toml"
    path.write_text('tenant = "acme"\n[store]\nurl = "sqlite:///x"\n[trust.private_keys]\ngateway = "PEM"\n')
    shown = {line.key: (line.value, line.origin) for line in lines(path, {"SLUICE__TENANT": "beta"})}

    assert ("beta", "environment SLUICE__TENANT") == shown["tenant"]
    assert (MASK, MASK) == (shown["store.url"][0], shown["trust.private_keys.gateway"][0])


def test_a_file_that_is_absent_or_broken_is_refused(tmp_path: Path) -> None:
    """Both name the file."""
    broken = tmp_path / "broken.toml"
    broken.write_text("a = ")
    for path in (tmp_path / "absent.toml", broken):
        with pytest.raises(SettingsError, match=path.name):
            load(path, {})
