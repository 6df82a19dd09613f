"""The room on a library: what it takes up, what it leaves alone, and what people do there meanwhile."""

import asyncio
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from contracts.canonical.filing import (
    AccessRole,
    AccessWish,
    DocumentWish,
    FilingSubject,
    FolderWish,
    GroupAccess,
)
from contracts.problem import Kind, Problem
from contracts.system.documents import Documents
from tests.system_apis.sharepoint.library import FOLDER, SIGNED, Cut, Library, Meanwhile, opened, raised

pytestmark = pytest.mark.req(46)

PATH = f"/{FOLDER.name}/{SIGNED.name}"
NEWER = replace(SIGNED, content=b"%PDF-1.7 amended\n%%EOF")
ABOUT = FilingSubject(customer_id="cus-1", project_id="prj-1", deal_id="opp-1")


async def filed(space: Documents) -> str:
    """A folder with a document; the vendor's id of the document."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    return (await space.put_document(document_id="sow-1", body=SIGNED)).external_id


async def test_the_columns_say_what_lies_there(library: Library, space: Documents) -> None:
    """People filter and sort by them in the library itself."""
    await space.put_folder(folder_id="fld-1", body=replace(FOLDER, subject=ABOUT))
    await space.put_document(document_id="sow-1", body=replace(SIGNED, subject=ABOUT))

    items = library.items()
    subject = {"SluiceCustomer": "cus-1", "SluiceProject": "prj-1", "SluiceDeal": "opp-1"}
    assert {"SluiceKey": "fld-1", **subject} == items[f"/{FOLDER.name}"]["fields"]
    columns = items[PATH]["fields"]
    assert {"SluiceKey": "sow-1", "SluiceKind": "statement_of_work", **subject}.items() <= columns.items()
    assert {"SluiceSha256", "SluiceContentTag"} <= columns.keys()


async def test_what_people_moved_and_renamed_is_found_by_its_key(library: Library, space: Documents) -> None:
    """A folder and a document keep their keys wherever they go; asked for again they stay where they are."""
    document = await filed(space)
    other = (await library.folder("Closed projects")).json()["id"]
    folder = (await space.folder(folder_id="fld-1")).external_id
    for item_id, name in ((folder, "Renamed"), (document, "Renamed.pdf")):
        body = {"name": name, "parentReference": {"id": other}}
        assert 200 == (await library.person.patch(f"{library.drive}/items/{item_id}", json=body)).status_code

    again = await space.put_folder(folder_id="fld-1", body=FOLDER)
    document_again = await space.put_document(document_id="sow-1", body=SIGNED)
    assert (folder, "Renamed", other, False) == (
        again.external_id,
        again.name,
        again.parent_external_id,
        again.created,
    )
    assert (document, "Renamed.pdf", False) == (document_again.external_id, document_again.name, document_again.altered)


async def test_what_people_put_there_is_never_taken_over(library: Library, space: Documents) -> None:
    """A folder or file of the wished name that is not ours is left alone, and the caller is told."""
    assert 201 == (await library.folder(FOLDER.name)).status_code
    with pytest.raises(Problem) as folder:
        await space.put_folder(folder_id="fld-1", body=FOLDER)
    await space.put_folder(folder_id="fld-2", body=FolderWish(name="Ours"))
    await library.put(f"/Ours/{SIGNED.name}", b"theirs")
    with pytest.raises(Problem) as document:
        await space.put_document(document_id="sow-1", body=replace(SIGNED, folder_id="fld-2"))

    assert {(Kind.ALREADY_EXISTS, "name_taken")} == {(each.value.kind, each.value.code) for each in (folder, document)}
    theirs = library.items()[f"/Ours/{SIGNED.name}"]
    assert (len(b"theirs"), {}) == (theirs["size"], theirs["fields"])


async def test_what_somebody_altered_is_told_and_not_covered(library: Library, space: Documents) -> None:
    """The same content again changes nothing, new content is refused, and so is taking it back."""
    await filed(space)
    await library.put(PATH, b"altered by hand")

    again = await space.put_document(document_id="sow-1", body=SIGNED)
    assert again.altered
    for call in (space.put_document(document_id="sow-1", body=NEWER), space.remove_document(document_id="sow-1")):
        with pytest.raises(Problem) as refused:
            await call
        assert (Kind.CONFLICT, "document_altered") == (refused.value.kind, refused.value.code)
    assert b"altered by hand" == (await space.content(document_id="sow-1")).content


async def test_our_own_touch_does_not_hide_that_somebody_altered_it(library: Library, space: Documents) -> None:
    """Columns brought up to date make us the last who changed the item; its content is somebody else's still."""
    await filed(space)
    await library.put(PATH, b"altered by hand")
    for number in range(2):
        await space.put_document(document_id="sow-1", body=replace(SIGNED, subject=FilingSubject(deal_id=f"d{number}")))

    assert (await space.document(document_id="sow-1")).altered
    with pytest.raises(Problem, match="document_altered"):
        await space.put_document(document_id="sow-1", body=NEWER)


async def test_content_that_somebody_restored_is_ours_again(library: Library, space: Documents) -> None:
    """By its hash, whatever happened between."""
    await filed(space)
    await library.put(PATH, b"altered by hand")
    await library.put(PATH, SIGNED.content)

    assert not (await space.put_document(document_id="sow-1", body=SIGNED)).altered
    await space.put_document(document_id="sow-1", body=NEWER)
    assert NEWER.content == (await space.content(document_id="sow-1")).content


@pytest.mark.req(245)
@pytest.mark.parametrize("wish", [SIGNED, NEWER], ids=["same content", "other content"])
async def test_a_file_without_its_columns_is_taken_up(library: Library, space: Documents, wish: DocumentWish) -> None:
    """Whoever filed it died before it was marked: the next call finds its own file at the name, and marks it."""
    await space.put_folder(folder_id="fld-1", body=FOLDER)
    library.line.cuts.append(Cut("PATCH", "fields", after=False, times=1000))
    with pytest.raises(Problem):
        await space.put_document(document_id="sow-1", body=SIGNED)
    library.line.cuts.clear()
    assert {} == library.items()[PATH]["fields"]

    taken_up = await space.put_document(document_id="sow-1", body=wish)
    assert ("sow-1", False) == (taken_up.document_id, taken_up.created)
    assert wish.content == (await space.content(document_id="sow-1")).content
    assert (1 if wish is SIGNED else 2) == library.items()[PATH]["versions"]


@pytest.mark.req(245)
async def test_a_version_whose_columns_were_not_set_is_no_alteration(library: Library, space: Documents) -> None:
    """The content moved by our own hand; the next call goes on from there."""
    await filed(space)
    library.line.cuts.append(Cut("PATCH", "fields", after=False, times=1000))
    with pytest.raises(Problem):
        await space.put_document(document_id="sow-1", body=NEWER)
    library.line.cuts.clear()

    assert not (await space.document(document_id="sow-1")).altered
    newest = replace(SIGNED, content=b"%PDF-1.7 third\n%%EOF")
    assert not (await space.put_document(document_id="sow-1", body=newest)).altered
    assert newest.content == (await space.content(document_id="sow-1")).content


@pytest.mark.req(245)
async def test_two_calls_at_once_make_one_folder_and_one_document(library: Library, space: Documents) -> None:
    """Whoever is second takes up what the first has made."""
    folders = await asyncio.gather(*(space.put_folder(folder_id="fld-1", body=FOLDER) for _ in range(4)))
    documents = await asyncio.gather(*(space.put_document(document_id="sow-1", body=SIGNED) for _ in range(4)))

    assert 1 == len({each.external_id for each in folders})
    assert 1 == len({each.external_id for each in documents})
    assert {f"/{FOLDER.name}", PATH} == set(library.items())


@pytest.mark.req(245)
async def test_one_key_under_two_names_at_once_stands_once(library: Library) -> None:
    """The library's unique column decides; who came second takes its folder back and tells the other one."""
    hidden = '{"value":[]}'
    async with opened(library) as space:
        await library.fault("GET", "/v1.0/drives", status=200, body=hidden, contains="/list/items", times=1, skip=0)
        first = await space.put_folder(folder_id="fld-1", body=FOLDER)
        await library.fault("GET", "/v1.0/drives", status=200, body=hidden, contains="/list/items")
        second = await space.put_folder(folder_id="fld-1", body=FolderWish(name="Another"))
        await space.put_document(document_id="sow-1", body=SIGNED)
        await library.fault("GET", "/v1.0/drives", status=200, body=hidden, contains="/list/items")
        third = await space.put_document(document_id="sow-1", body=replace(SIGNED, name="Another.pdf"))

    assert (first.external_id, False) == (second.external_id, second.created)
    assert ("SOW.pdf", False) == (third.name, third.created)
    assert {f"/{FOLDER.name}", PATH} == set(library.items())


async def test_what_somebody_began_to_use_is_not_taken_back(library: Library, space: Documents) -> None:
    """A folder made in vain stays where people have touched it meanwhile; the caller is told the other one."""
    first = await space.put_folder(folder_id="fld-1", body=FOLDER)
    await library.fault("GET", "/v1.0/drives", status=200, body='{"value":[]}', contains="/list/items")

    async def touch() -> None:
        item = library.items()["/Another"]["id"]
        body = {"name": "Another, in use"}
        assert 200 == (await library.person.patch(f"{library.drive}/items/{item}", json=body)).status_code

    library.line.meanwhile.append(Meanwhile("GET", "list/items?", touch, skip=1))
    second = await space.put_folder(folder_id="fld-1", body=FolderWish(name="Another"))

    assert first.external_id == second.external_id
    assert {f"/{FOLDER.name}", "/Another, in use"} == set(library.items())


async def test_a_change_of_others_between_reading_and_writing_is_met(library: Library, space: Documents) -> None:
    """The version that was read is not the one that stands: what somebody wrote meanwhile is not covered."""
    await filed(space)
    library.line.meanwhile.append(Meanwhile("PUT", "/content", lambda: library.put(PATH, b"altered by hand")))
    with pytest.raises(Problem, match="document_altered"):
        await space.put_document(document_id="sow-1", body=NEWER)

    assert b"altered by hand" == (await space.content(document_id="sow-1")).content


async def test_a_path_that_grows_too_long_is_the_callers_to_mend(space: Documents) -> None:
    """Two names that are long enough each; nothing is made."""
    await space.put_folder(folder_id="fld-1", body=FolderWish(name="x" * 240))
    with pytest.raises(Problem) as refused:
        await space.put_folder(folder_id="fld-2", body=FolderWish(name="y" * 240, parent_id="fld-1"))

    assert (Kind.INVALID, "name_too_long") == (refused.value.kind, refused.value.code)


async def test_a_library_that_was_not_set_up_is_told_as_such(library: Library) -> None:
    """A column that is missing, or a key that is not indexed, is no fault of the caller's."""
    async with opened(library, column_prefix="Firm") as space:
        with pytest.raises(Problem) as missing:
            await space.put_folder(folder_id="fld-1", body=FOLDER)
    assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (missing.value.kind, missing.value.code)
    columns = [{"name": "SluiceKey", "indexed": True, "enforceUniqueValues": True}]
    drive = {"id": "b!other", "name": "Other", "columns": columns}
    async with raised() as other:
        other.sandbox.seed({"drives": [drive]})
        async with opened(other, drive_id="b!other") as space:
            with pytest.raises(Problem) as marked:
                await space.put_folder(folder_id="fld-1", body=replace(FOLDER, subject=ABOUT))
        assert "vendor_schema_mismatch" == marked.value.code


async def test_a_document_and_a_folder_do_not_share_a_key(space: Documents) -> None:
    """Whichever came first stands."""
    await filed(space)
    wishes = (
        space.put_folder(folder_id="sow-1", body=FolderWish(name="Other")),
        space.put_document(document_id="fld-1", body=SIGNED),
        space.remove_folder(folder_id="sow-1"),
        space.remove_document(document_id="fld-1"),
    )
    for wish in wishes:
        with pytest.raises(Problem) as refused:
            await wish
        assert Kind.CONFLICT is refused.value.kind


async def test_names_are_escaped_in_addresses(library: Library, space: Documents) -> None:
    """Per cent, number sign, plus, quote and umlaut arrive as they were meant."""
    name = "100% of #7 + 'Größe' & 5€.pdf"
    await space.put_folder(folder_id="fld-1", body=FolderWish(name="R&D #1 100%"))
    await space.put_document(document_id="sow:1", body=replace(SIGNED, name=name))

    assert f"/R&D #1 100%/{name}" in library.items()
    assert any(f":/{quote(name, safe='')}:/content" in str(request.url) for request in library.line.sent)


async def test_links_and_people_lose_their_access_too(library: Library, space: Documents) -> None:
    """A link that somebody made before is taken back with the rest."""
    await filed(space)
    folder = (await space.folder(folder_id="fld-1")).external_id
    made = await library.person.post(f"{library.drive}/items/{folder}/createLink", json={"type": "edit"})
    assert 201 == made.status_code
    assert 4 == (await space.access(folder_id="fld-1")).others

    wish = AccessWish(groups=[GroupAccess(group="finance", role=AccessRole.READ)])
    stands = await space.restrict(folder_id="fld-1", body=wish)
    assert (wish.groups, 0) == (stands.groups, stands.others)
    grants = library.items()[PATH]["grants"]
    assert [["read"]] == [grant["roles"] for grant in grants], "what lies in the folder follows it"


async def test_access_that_cannot_be_restricted_is_told(library: Library, space: Documents) -> None:
    """What the vendor shows afterwards counts, not what it answered to the change."""
    await filed(space)
    stale = '{"value":[{"id":"x","roles":["write"],"link":{"scope":"anonymous"}}]}'
    await library.fault("GET", "/v1.0/drives", status=200, body=stale, contains="/permissions", skip=1)
    wish = AccessWish(groups=[GroupAccess(group="finance", role=AccessRole.READ)])
    with pytest.raises(Problem) as open_still:
        await space.restrict(folder_id="fld-1", body=wish)

    assert (Kind.CONFLICT, "access_not_restricted") == (open_still.value.kind, open_still.value.code)
