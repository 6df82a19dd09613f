"""What each vendor's room lacks and what was not tried there: computed from the manifests, and committed."""

from pathlib import Path

from kit.tier import Manifest, manifests

CENSUS = Path(__file__).with_name("vendor_gaps.txt")
REWRITE = "run: pytest tests/census --update-census"


def test_the_census_of_gaps_is_current(*, update_census: bool) -> None:
    """The committed list says what each room lacks; a gap that comes or goes is a line in the review."""
    computed = census()
    if update_census:
        CENSUS.write_text(computed)

    assert computed == CENSUS.read_text(), REWRITE


def census() -> str:
    """Each room with its roles, then what it lacks and what was not tried, with the reason."""
    rooms = manifests("system").values()
    lines = [f"# rooms of vendors: {len(rooms)}, with what each lacks; computed, {REWRITE}"]
    for room in sorted(rooms, key=lambda room: room.name):
        lines += [f"{room.name} ({', '.join(room.roles)})", *(f"    {gap}" for gap in gaps(room))]
    return "\n".join(lines) + "\n"


def gaps(room: Manifest) -> list[str]:
    """One line a gap; a room without any says so."""
    lacking = [f"lacks {operation}" for operation in sorted(room.facts["lacks"])]
    untried = [
        f"{name}: {answer['exempt']}"
        for name, answer in sorted(room.facts["quality"].items())
        if isinstance(answer, dict)
    ]
    return [*lacking, *untried] or ["nothing"]
