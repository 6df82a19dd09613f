"""What every document space has to do; a new vendor is tried without an edit here."""

import hashlib
from collections.abc import AsyncIterator
from functools import partial

import msgspec
import pytest

from contracts.canonical.filing import (
    AccessRole,
    AccessWish,
    DocumentWish,
    FiledKind,
    FilingChange,
    FilingChangeKind,
    FilingSubject,
    FolderWish,
    GroupAccess,
)
from contracts.problem import Kind, Problem
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import IN_DOUBT, Connected, connected, kind_of, serving_role

SUBJECT = FilingSubject(customer_id="cus-1", project_id="prj-1001", deal_id="opp-1")
TOP = FolderWish(name="Northwind France SAS", subject=FilingSubject(customer_id="cus-1"))
FOLDER = FolderWish(name="P-1001 Managed cloud", parent_id="fld-cus-1", subject=SUBJECT)
SIGNED = DocumentWish(
    folder_id="fld-prj-1001",
    name="SOW-2026-0117 signed.pdf",
    kind=FiledKind.STATEMENT_OF_WORK,
    content=b"%PDF-1.7 signed statement of work\n%%EOF",
    subject=SUBJECT,
)
GROUPS = AccessWish(
    groups=[
        GroupAccess(group="delivery", role=AccessRole.WRITE),
        GroupAccess(group="finance", role=AccessRole.READ),
    ]
)
LARGE = bytes(range(256)) * (5 * 1024 * 4)  # 5 MiB


@pytest.fixture(params=serving_role("documents"))
async def space(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "documents") as opened:
        yield opened


async def folders(space: Connected) -> None:
    await space.role.put_folder(folder_id="fld-cus-1", body=TOP)
    await space.role.put_folder(folder_id="fld-prj-1001", body=FOLDER)


async def everything(space: Connected, cursor: str = "") -> tuple[list[FilingChange], str]:
    """All changes since a cursor, and where they end."""
    changes: list[FilingChange] = []
    while True:
        page = await space.role.changes(cursor=cursor, limit=2)
        changes, cursor = changes + page.changes, page.cursor
        if not page.more:
            return changes, cursor


@pytest.mark.req(46)
async def test_a_connection_says_what_it_can(space: Connected) -> None:
    """What the manifest declares is what a caller is told."""
    said = await space.role.capabilities()

    assert (space.vendor.name, ["documents"], space.vendor.facts["lacks"]) == (said.vendor, said.roles, said.lacks)


@pytest.mark.req(46, 245)
async def test_a_folder_is_made_once_and_found_by_our_key(space: Connected) -> None:
    """With the folder above it and what it is about; the first call makes it, the second finds it."""
    above = await space.role.put_folder(folder_id="fld-cus-1", body=TOP)
    first = await space.role.put_folder(folder_id="fld-prj-1001", body=FOLDER)
    second = await space.role.put_folder(folder_id="fld-prj-1001", body=FOLDER)
    found = await space.role.folder(folder_id="fld-prj-1001")

    assert (True, False) == (first.created, second.created)
    assert first.external_id == second.external_id == found.external_id
    assert (above.external_id, SUBJECT, FOLDER.name) == (found.parent_external_id, found.subject, found.name)


async def test_what_a_folder_is_about_is_brought_up_to_date(space: Connected) -> None:
    """The name that stands is kept; a subject that is no longer meant is taken off."""
    await folders(space)
    later = FolderWish(name="Another name", parent_id="fld-cus-1", subject=FilingSubject(project_id="prj-1001"))
    await space.role.put_folder(folder_id="fld-prj-1001", body=later)
    found = await space.role.folder(folder_id="fld-prj-1001")

    assert (FOLDER.name, FilingSubject(project_id="prj-1001")) == (found.name, found.subject)


async def test_what_lies_in_nothing_cannot_be_made(space: Connected) -> None:
    """A folder above, or a folder to file in, that nobody made is told as not found."""
    assert Kind.NOT_FOUND is await kind_of(space.role.put_folder(folder_id="fld-prj-1001", body=FOLDER))
    assert Kind.NOT_FOUND is await kind_of(space.role.put_document(document_id="sow-1", body=SIGNED))


async def test_two_keys_do_not_share_a_folder(space: Connected) -> None:
    """The name belongs to the first; the second is refused and changes nothing."""
    await folders(space)
    with pytest.raises(Problem) as refused:
        await space.role.put_folder(folder_id="fld-prj-2002", body=FOLDER)

    assert (Kind.ALREADY_EXISTS, "name_taken") == (refused.value.kind, refused.value.code)
    assert Kind.NOT_FOUND is await kind_of(space.role.folder(folder_id="fld-prj-2002"))
    assert SUBJECT == (await space.role.folder(folder_id="fld-prj-1001")).subject


@pytest.mark.req(46, 245)
@pytest.mark.parametrize("content", [SIGNED.content, LARGE, b""], ids=["small", "large", "empty"])
async def test_a_document_is_filed_once_and_read_back_byte_for_byte(space: Connected, content: bytes) -> None:
    """The same content again changes nothing, and what is read is what was filed."""
    await folders(space)
    wish = msgspec.structs.replace(SIGNED, content=content)
    first = await space.role.put_document(document_id="sow-1", body=wish)
    second = await space.role.put_document(document_id="sow-1", body=wish)
    found = await space.role.document(document_id="sow-1")
    read = await space.role.content(document_id="sow-1")

    sha256 = hashlib.sha256(content).hexdigest()
    assert (True, False) == (first.created, second.created)
    assert 1 == len({(each.external_id, each.changed_at) for each in (first, second, found)})
    assert (SIGNED.name, SIGNED.kind, len(content), sha256) == (found.name, found.kind, found.size_bytes, found.sha256)
    assert (SUBJECT, False) == (found.subject, found.altered)
    assert (content, sha256, "application/pdf") == (read.content, read.sha256, read.media_type)


@pytest.mark.parametrize("content", [b"%PDF-1.7 second version", LARGE], ids=["small", "large"])
async def test_new_content_is_a_new_version_of_the_same_document(space: Connected, content: bytes) -> None:
    """Under the same key and the vendor's same id."""
    await folders(space)
    first = await space.role.put_document(document_id="sow-1", body=SIGNED)
    second = await space.role.put_document(document_id="sow-1", body=msgspec.structs.replace(SIGNED, content=content))

    assert (first.external_id, False) == (second.external_id, second.created)
    assert content == (await space.role.content(document_id="sow-1")).content


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
@pytest.mark.parametrize("content", [SIGNED.content, LARGE], ids=["small", "large"])
@pytest.mark.req(245)
async def test_an_answer_lost_after_saving_does_not_file_twice(
    space: Connected, kind: FaultKind, content: bytes
) -> None:
    """Every writing call in turn takes effect and then loses its answer: one folder and one document stand."""
    await space.role.put_folder(folder_id="fld-cus-1", body=TOP)
    wish = msgspec.structs.replace(SIGNED, content=content)
    lost: list[Kind | None] = []
    calls = (
        partial(space.role.put_folder, folder_id="fld-prj-1001", body=FOLDER),
        partial(space.role.put_document, document_id="sow-1", body=wish),
    )
    for call in calls:
        for method in ("POST", "PUT", "PATCH"):
            space.sandbox.faults.append(Fault(kind=kind, method=method, times=1))
        lost.append(await kind_of(call()))
        space.sandbox.faults.clear()
        await call()
    page = await space.role.documents(folder_id="fld-prj-1001")

    assert set(lost) <= IN_DOUBT
    assert ["sow-1"] == [each.document_id for each in page.documents]
    assert content == (await space.role.content(document_id="sow-1")).content


async def test_documents_of_a_folder_are_listed_page_by_page(space: Connected) -> None:
    """By name, each once, and folders are not among them."""
    await folders(space)
    await space.role.put_folder(folder_id="fld-sub", body=FolderWish(name="Archive", parent_id="fld-prj-1001"))
    for number in range(1, 6):
        name = f"Invoice {number}.pdf"
        wish = msgspec.structs.replace(SIGNED, name=name, kind=FiledKind.INVOICE, content=name.encode())
        await space.role.put_document(document_id=f"inv-{number}", body=wish)
    found, cursor = [], ""
    while True:
        page = await space.role.documents(folder_id="fld-prj-1001", cursor=cursor, limit=2)
        found += [each.document_id for each in page.documents]
        cursor = page.cursor
        if not cursor:
            break

    assert [f"inv-{number}" for number in range(1, 6)] == found


@pytest.mark.req(46)
async def test_a_folder_is_open_to_the_named_groups_and_nobody_else(space: Connected) -> None:
    """Who could open what lies above no longer can; another wish takes the place of the first."""
    await folders(space)
    before = await space.role.access(folder_id="fld-prj-1001")
    first = await space.role.restrict(folder_id="fld-prj-1001", body=GROUPS)
    again = await space.role.restrict(folder_id="fld-prj-1001", body=GROUPS)
    fewer = AccessWish(groups=[GroupAccess(group="delivery", role=AccessRole.READ)])
    second = await space.role.restrict(folder_id="fld-prj-1001", body=fewer)

    assert before.others > 0
    assert (GROUPS.groups, 0) == (first.groups, first.others)
    assert first == again
    assert (fewer.groups, 0) == (second.groups, second.others)
    assert second == await space.role.access(folder_id="fld-prj-1001")


async def test_a_group_that_nobody_named_in_the_settings_is_not_let_in(space: Connected) -> None:
    """Refused with a pointer, before anything is changed; so is a group that is named twice."""
    await folders(space)
    before = await space.role.access(folder_id="fld-prj-1001")
    stranger = GroupAccess(group="no-such-group", role=AccessRole.READ)
    for groups in ([*GROUPS.groups, stranger], [GROUPS.groups[0], GROUPS.groups[0]]):
        with pytest.raises(Problem) as refused:
            await space.role.restrict(folder_id="fld-prj-1001", body=AccessWish(groups=groups))
        assert (Kind.INVALID, f"/groups/{len(groups) - 1}/group") == (
            refused.value.kind,
            refused.value.errors[0].pointer,
        )

    assert before == await space.role.access(folder_id="fld-prj-1001")


@pytest.mark.req(232)
async def test_changes_are_told_from_a_cursor_on(space: Connected) -> None:
    """First everything, then what is new; what was removed is told by the vendor's id."""
    await folders(space)
    first, cursor = await everything(space)
    filed = await space.role.put_document(document_id="sow-1", body=SIGNED)
    second, later = await everything(space, cursor)
    await space.role.remove_document(document_id="sow-1")
    third, _ = await everything(space, later)

    assert {"fld-cus-1", "fld-prj-1001"} == {change.our_id for change in first}
    documents = [change for change in second if change.kind is FilingChangeKind.DOCUMENT]
    assert {("sow-1", filed.external_id)} == {(change.our_id, change.external_id) for change in documents}
    removed = [change.external_id for change in third if change.kind is FilingChangeKind.REMOVED]
    assert [filed.external_id] == removed


@pytest.mark.parametrize("cursor", ["nonsense", "bm90IG91cnM"])
async def test_a_cursor_of_somebody_elses_is_refused(space: Connected, cursor: str) -> None:
    """For changes as for the documents of a folder."""
    await folders(space)
    for call in (space.role.changes(cursor=cursor), space.role.documents(folder_id="fld-cus-1", cursor=cursor)):
        assert Kind.INVALID is await kind_of(call)


async def test_what_was_done_can_be_taken_back_in_reverse(space: Connected) -> None:
    """A folder that holds something is not removed; each may be asked for twice."""
    await folders(space)
    await space.role.put_document(document_id="sow-1", body=SIGNED)
    kept = await kind_of(space.role.remove_folder(folder_id="fld-prj-1001"))
    for _ in range(2):
        await space.role.remove_document(document_id="sow-1")
        await space.role.remove_folder(folder_id="fld-prj-1001")
        await space.role.remove_folder(folder_id="fld-cus-1")

    assert Kind.CONFLICT is kept
    assert Kind.NOT_FOUND is await kind_of(space.role.folder(folder_id="fld-cus-1"))


@pytest.mark.parametrize("read", ["folder", "access", "documents", "document", "content"])
async def test_what_is_unknown_is_not_found(space: Connected, read: str) -> None:
    """Each read answers the same way."""
    key = "document_id" if read in {"document", "content"} else "folder_id"

    assert Kind.NOT_FOUND is await kind_of(getattr(space.role, read)(**{key: "no-such"}))


async def test_names_that_people_use_do_not_stop_a_process(space: Connected) -> None:
    """What the system takes in no name is replaced, the same way each time; an empty name is refused."""
    wanted = ['A/B: "Rhein" <Süd> | 100%?', "CON", "~$draft", " led by a blank", "a#b & c+d.", "x" * 240]
    names = []
    for number, name in enumerate(wanted):
        wish = FolderWish(name=name)
        first = await space.role.put_folder(folder_id=f"fld-{number}", body=wish)
        assert first.external_id == (await space.role.put_folder(folder_id=f"fld-{number}", body=wish)).external_id
        names.append(first.name)

    assert len(wanted) == len(set(names))
    assert Kind.INVALID is await kind_of(space.role.put_folder(folder_id="fld-x", body=FolderWish(name=" .. ")))
