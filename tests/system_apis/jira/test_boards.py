"""Boards: projects of our own under keys drawn from our ids, and such as teams keep themselves."""

import pytest

from contracts.canonical.ticketing import Board
from contracts.problem import Kind, Problem
from contracts.system.tickets import TicketDesk
from kit.settings import SettingsError
from tests.system_apis.jira.site import API, BOARD, KEY, TASK, Site, opened

pytestmark = pytest.mark.req(51, 111)

MARK = f"{API}/project/{KEY}/properties/sluice.board"


def kept(site: Site) -> list[tuple[str, str]]:
    """Key and name of every project that is not the team's own."""
    return [(one["key"], one["name"]) for one in site.sandbox.dump()["projects"] if one["key"] != "FIN"]


@pytest.mark.parametrize("fault", [("POST", f"{API}/project", "status_after"), ("PUT", MARK, "status")])
async def test_a_project_that_was_made_and_not_told_or_not_marked_is_taken_up(
    site: Site, fault: tuple[str, str, str]
) -> None:
    """Its key is drawn from our id, so the second try meets the first."""
    async with opened(site) as desk:
        site.fault(*fault, times=4)
        try:
            await desk.put_board(board_id=BOARD, body=Board(name="Set-up"))
        except Problem:
            site.sandbox.heal()
        site.sandbox.heal()
        standing = await desk.put_board(board_id=BOARD, body=Board(name="Set-up"))

    assert (KEY, "Set-up", f"http://site.test/browse/{KEY}") == (standing.prefix, standing.name, standing.url)
    assert [(KEY, "Set-up")] == kept(site)


async def test_a_name_that_is_taken_makes_no_board(site: Site, desk: TicketDesk) -> None:
    """Names are the site's, whatever the case; so is that of a project in the trash, and its key."""
    with pytest.raises(Problem) as named:
        await desk.put_board(board_id="brd-2", body=Board(name="finance desk"))
    await site.ask("DELETE", f"/project/{KEY}?enableUndo=true", status=204)
    with pytest.raises(Problem) as trashed:
        await desk.put_board(board_id=BOARD, body=Board(name="Another name"))

    for refused in (named, trashed):
        assert (Kind.CONFLICT, "board_taken") == (refused.value.kind, refused.value.code)
    assert ["/name"] == [error.pointer for error in named.value.errors]
    assert ["board_id"] == [error.pointer for error in trashed.value.errors]


async def test_a_board_that_a_team_keeps_is_taken_as_it_is(site: Site, desk: TicketDesk) -> None:
    """Neither its name nor its lead is touched, and its own issues are not ours."""
    await site.open()
    standing = await desk.put_board(
        board_id="brd-finance", body=Board(name="Ours", lead="dana.okafor@sluicegate.example")
    )
    again = await desk.put_board(board_id="brd-finance", body=Board(name="Ours, again"))
    await desk.put_ticket(board_id="brd-finance", ticket_id="tsk-1", body=TASK)
    page = await desk.tickets(board_id="brd-finance")

    assert ("FIN", "Finance desk", "Finance desk") == (standing.prefix, standing.name, again.name)
    assert ["FIN-2"] == [ticket.number for ticket in page.tickets]


async def test_a_project_that_is_another_board_is_not_taken_over(site: Site, desk: TicketDesk) -> None:
    """Two boards of ours on one project: the settings are wrong, and say so."""
    await desk.put_board(board_id="brd-finance", body=Board(name="Finance"))
    async with opened(site, boards={"brd-other": "FIN"}) as other:
        with pytest.raises(Problem) as taken:
            await other.put_board(board_id="brd-other", body=Board(name="Other"))
        with pytest.raises(Problem) as unknown:
            await other.board(board_id="brd-other")

    assert (Kind.CONFLICT, "board_taken") == (taken.value.kind, taken.value.code)
    assert (Kind.NOT_FOUND, "board_not_found") == (unknown.value.kind, unknown.value.code)


async def test_a_renamed_board_keeps_the_name_people_gave_it(site: Site, desk: TicketDesk) -> None:
    """Until we want another one."""
    await site.ask("PUT", f"/project/{KEY}", {"name": "As people call it"})
    repeated = await desk.put_board(board_id=BOARD, body=Board(name="Set-up"))
    wanted = await desk.put_board(
        board_id=BOARD, body=Board(name="Set-up", about="x", lead="dana.okafor@sluicegate.example")
    )
    renamed = await desk.put_board(board_id=BOARD, body=Board(name="Set-up II", about="x"))

    assert ("As people call it", "As people call it", "Set-up II") == (repeated.name, wanted.name, renamed.name)


@pytest.mark.parametrize("mailbox", ["finn.holm", "FINN.Holm", "sam.seller"])
async def test_a_lead_is_found_by_e_mail_or_in_the_settings(site: Site, desk: TicketDesk, mailbox: str) -> None:
    """Whatever the case; a private e-mail is in the settings."""
    standing = await desk.put_board(board_id="brd-2", body=Board(name="2nd", lead=f"{mailbox}@sluicegate.example"))
    project = await site.ask("GET", f"/project/{standing.prefix}")

    assert mailbox.split(".", maxsplit=1)[0].lower() == project["lead"]["displayName"].split()[0].lower()


@pytest.mark.parametrize("email", ["sam.seller@sluicegate.exampl", "Sam", "nobody@sluicegate.example"])
async def test_a_lead_is_known_by_the_whole_e_mail_only(desk: TicketDesk, email: str) -> None:
    """The vendor's search takes beginnings and names; we do not guess."""
    with pytest.raises(Problem) as unknown:
        await desk.put_board(board_id="brd-2", body=Board(name="Second", lead=email))

    assert ("lead_unknown", ["/lead"]) == (unknown.value.code, [error.pointer for error in unknown.value.errors])


async def test_a_user_who_may_not_make_projects_is_told(site: Site) -> None:
    """Whoever runs the connection learns what the user needs."""
    robot = site.landscape["seed"]["users"][0]
    site.sandbox.seed({"users": [{**robot, "lacks": ["administer"]}]})
    async with opened(site) as desk:
        with pytest.raises(Problem) as denied:
            await desk.put_board(board_id=BOARD, body=Board(name="Set-up"))

    assert (Kind.FORBIDDEN, "vendor_access_denied") == (denied.value.kind, denied.value.code)
    assert "administer projects" in denied.value.hint


@pytest.mark.parametrize("prefix", ["", "sl", "1A", "ABCDE", "A-B"])
async def test_a_prefix_that_keys_cannot_have_opens_nothing(site: Site, prefix: str) -> None:
    """Refused when the connection opens, and not when the first board is made."""
    with pytest.raises(SettingsError, match="key_prefix"):
        async with opened(site, key_prefix=prefix):
            pass
