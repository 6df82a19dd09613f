"""The simulated site refuses as the vendor refuses: the door, names, tags, columns, grants and what a minute allows."""

from typing import Any

import pytest

from tests.system_apis.sharepoint.library import Library, raised

pytestmark = pytest.mark.req(46)


def code(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    told = answer.json()["error"]
    return answer.status_code, told["code"]


async def fields_of(library: Library, item_id: str) -> str:
    """Where the columns of an item are: at its row of the list."""
    row = (await library.person.get(f"{library.drive}/items/{item_id}/listItem")).json()["id"]
    return f"{library.drive}/list/items/{row}/fields"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_id": "nobody"}, (400, "unauthorized_client", 700016)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"scope": "https://graph.microsoft.com/Sites.Read.All"}, (400, "invalid_scope", 70011)),
    ],
    ids=["secret", "client", "grant", "scope"],
)
async def test_entra_lets_nobody_else_in(
    library: Library, changed: dict[str, str], expected: tuple[int, str, int]
) -> None:
    """Each with its own error and number."""
    config = library.landscape["config"]
    form = {
        "grant_type": "client_credentials",
        "client_id": config["client_id"],
        "client_secret": config["client_secret"],
        "scope": "https://graph.microsoft.com/.default",
        **changed,
    }
    answer = await library.person.post(f"/{config['tenant_id']}/oauth2/v2.0/token", data=form)

    assert expected == (answer.status_code, answer.json()["error"], answer.json()["error_codes"][0])


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic eDp5"])
async def test_graph_wants_a_token(library: Library, authorization: str) -> None:
    """Its refusal is an error object with a challenge and the request's id."""
    answer = await library.person.get(f"{library.drive}/root", headers={"Authorization": authorization})

    assert (401, "InvalidAuthenticationToken") == code(answer)
    assert answer.headers["request-id"] == answer.json()["error"]["innerError"]["request-id"]
    assert "Bearer" == answer.headers["www-authenticate"]


async def test_a_token_ends_after_an_hour(library: Library) -> None:
    """By the site's own clock."""
    async with await library.application() as app:
        assert 200 == (await app.get(f"{library.drive}/root")).status_code
        library.sandbox.advance(3600)

        assert (401, "InvalidAuthenticationToken") == code(await app.get(f"{library.drive}/root"))


async def test_who_may_read_may_not_write(library: Library) -> None:
    """The application's roles decide."""
    library.sandbox.seed({"apps": [{"client_id": "r", "client_secret": "s", "roles": ["Sites.Read.All"]}]})
    async with await library.application(client_id="r", client_secret="s") as app:
        assert 200 == (await app.get(f"{library.root}/children")).status_code
        assert (403, "accessDenied") == code(await app.post(f"{library.root}/children", json={"folder": {}}))
        assert (403, "accessDenied") == code(await app.put(f"{library.drive}/root:/a/b.txt:/content", content=b"x"))


async def test_a_site_and_its_libraries_are_found_by_path(library: Library) -> None:
    """Another path, or another host, is not found."""
    site = "/v1.0/sites/contoso.sharepoint.com:/sites/delivery"
    found = (await library.person.get(site)).json()
    drives = (await library.person.get(f"/v1.0/sites/{found['id']}/drives")).json()["value"]

    assert ["Project documents"] == [drive["name"] for drive in drives]
    assert drives == (await library.person.get(f"{site}:/drives")).json()["value"]
    assert (404, "itemNotFound") == code(await library.person.get("/v1.0/sites/contoso.sharepoint.com:/sites/other"))


@pytest.mark.parametrize(("behaviour", "expected"), [("fail", 409), ("rename", 201), ("replace", 200), (None, 409)])
async def test_a_folder_meets_its_name(library: Library, behaviour: str | None, expected: int) -> None:
    """Refused, given a number, or found; case does not tell names apart."""
    await library.folder("Acme")
    more = {} if behaviour is None else {"@microsoft.graph.conflictBehavior": behaviour}
    answer = await library.folder("ACME", **more)

    assert expected == answer.status_code
    if expected == 409:
        assert (409, "nameAlreadyExists") == code(answer)
    assert (["/ACME 1", "/Acme"] if behaviour == "rename" else ["/Acme"]) == sorted(library.items())


@pytest.mark.parametrize(("behaviour", "expected"), [("fail", 409), ("rename", 201), ("replace", 200), ("", 200)])
async def test_a_file_meets_its_name(library: Library, behaviour: str, expected: int) -> None:
    """By path; what is replaced becomes an older version, and folders that are missing come with the file."""
    await library.put("/a/b/c.txt", b"first")
    params = {"@microsoft.graph.conflictBehavior": behaviour} if behaviour else {}
    answer = await library.put("/a/b/c.txt", b"second", params=params)
    items = library.items()

    assert expected == answer.status_code
    assert {"/a", "/a/b", "/a/b/c.txt"} <= set(items)
    assert (2 if expected == 200 else 1) == items["/a/b/c.txt"]["versions"]
    assert ("/a/b/c 1.txt" in items) is (behaviour == "rename")


@pytest.mark.parametrize("name", ["a:b", "CON", "~$a", "forms", "x*"])
async def test_a_library_refuses_names(library: Library, name: str) -> None:
    """Invalid, with the more exact word below."""
    answer = await library.folder(name)

    assert (400, "invalidRequest") == code(answer)
    assert "invalidName" == answer.json()["error"]["innerError"]["code"]


async def test_a_change_of_another_version_is_refused(library: Library) -> None:
    """The tag of the item moves with everything, that of its content with the content alone."""
    first = (await library.put("/a.txt", b"1")).json()
    at, row = f"{library.drive}/items/{first['id']}", await fields_of(library, first["id"])
    await library.person.patch(row, json={"SluiceDeal": "d"})
    second = (await library.person.get(at)).json()
    third = (await library.put("/a.txt", b"2")).json()
    stale = {"If-Match": first["eTag"]}

    assert (first["cTag"], True) == (second["cTag"], first["eTag"] != second["eTag"])
    assert third["cTag"] != second["cTag"]
    for answer in (
        await library.person.patch(at, json={"name": "b.txt"}, headers=stale),
        await library.person.patch(row, json={"SluiceDeal": "e"}, headers=stale),
        await library.person.put(f"{at}/content", content=b"3", headers=stale),
        await library.person.post(f"{at}/createUploadSession", json={}, headers=stale),
        await library.person.delete(at, headers=stale),
    ):
        assert (412, "resourceModified") == code(answer)
    assert 304 == (await library.person.get(at, headers={"If-None-Match": third["eTag"]})).status_code


async def test_columns_have_rules(library: Library) -> None:
    """Names that are not there, texts that are too long and keys that stand already are refused; all or nothing."""
    one, two = [(await library.put(f"/{name}.txt", b"x")).json()["id"] for name in ("one", "two")]
    row = await fields_of(library, two)
    assert 200 == (await library.person.patch(await fields_of(library, one), json={"SluiceKey": "k"})).status_code
    for values in ({"SluiceKey": "k"}, {"NoSuch": "x"}, {"SluiceDeal": "x" * 256}, {"SluiceDeal": "d", "NoSuch": "x"}):
        assert (400, "invalidRequest") == code(await library.person.patch(row, json=values))

    assert {} == library.items()["/two.txt"]["fields"]


async def test_rows_are_asked_for_by_an_indexed_column(library: Library) -> None:
    """One that is not indexed needs a header that says one knows the risk; one that is not there is refused."""
    item = (await library.put("/a.txt", b"x")).json()["id"]
    values = {"SluiceKey": "it's", "SluiceDeal": "d"}
    await library.person.patch(await fields_of(library, item), json=values)
    rows = f"{library.drive}/list/items"

    async def asked(where: str, **headers: str) -> Any:
        params = {"$filter": where, "$expand": "fields,driveItem"}
        return await library.person.get(rows, params=params, headers=headers)

    by_key = (await asked("fields/SluiceKey eq 'it''s'")).json()["value"]
    assert [(item, "it's")] == [(row["driveItem"]["id"], row["fields"]["SluiceKey"]) for row in by_key]
    refused = await asked("fields/SluiceDeal eq 'd'")
    assert (400, "invalidRequest") == code(refused)
    assert "not indexed" in refused.json()["error"]["message"]
    risky = await asked("fields/SluiceDeal eq 'd'", Prefer="HonorNonIndexedQueriesWarningMayFailRandomly")
    assert 1 == len(risky.json()["value"])
    assert (400, "invalidRequest") == code(await asked("fields/NoSuch eq 'd'"))


async def test_search_lags_behind(library: Library) -> None:
    """What was filed a moment ago is not found by it."""
    await library.put("/Northwind.txt", b"x")
    search = f"{library.root}/search(q='northwind')"
    assert [] == (await library.person.get(search)).json()["value"]
    library.sandbox.advance(61)

    assert ["Northwind.txt"] == [hit["name"] for hit in (await library.person.get(search)).json()["value"]]


async def test_content_is_fetched_from_an_address_that_ends(library: Library) -> None:
    """It needs no token, and holds for an hour."""
    item = (await library.put("/a.pdf", b"%PDF")).json()["id"]
    answer = await library.person.get(f"{library.drive}/items/{item}/content")
    address = answer.headers["location"]

    assert (302, b"") == (answer.status_code, answer.content)
    fetched = await library.person.get(address, headers={"Authorization": ""})
    assert (b"%PDF", "application/pdf") == (fetched.content, fetched.headers["content-type"])
    library.sandbox.advance(3601)
    assert (401, "unauthenticated") == code(await library.person.get(address))


async def test_grants_come_from_above_until_they_are_cut_off(library: Library) -> None:
    """A library does not tell which are inherited; one of those cannot be taken back."""
    folder = (await library.folder("Acme")).json()["id"]
    at = f"{library.drive}/items/{folder}"
    inherited = (await library.person.get(f"{at}/permissions")).json()["value"]
    assert 3 == len(inherited)
    assert not any("inheritedFrom" in grant for grant in inherited)
    assert (403, "accessDenied") == code(await library.person.delete(f"{at}/permissions/{inherited[0]['id']}"))

    delivery = library.landscape["config"]["groups"]["delivery"]
    wish = {"recipients": [{"objectId": delivery}], "roles": ["write"], "retainInheritedPermissions": False}
    nobody = {**wish, "recipients": [{"objectId": "nobody"}]}
    assert (400, "sharingFailed") == code(await library.person.post(f"{at}/invite", json=nobody))
    assert (400, "invalidRequest") == code(await library.person.post(f"{at}/invite", json={**wish, "roles": ["god"]}))
    assert 200 == (await library.person.post(f"{at}/invite", json=wish)).status_code
    own = (await library.person.get(f"{at}/permissions")).json()["value"]
    assert [(delivery, ["write"])] == [(grant["grantedToV2"]["group"]["id"], grant["roles"]) for grant in own]
    lesser = {**wish, "roles": ["read"]}
    await library.person.post(f"{at}/invite", json=lesser)
    assert [["write"]] == [g["roles"] for g in (await library.person.get(f"{at}/permissions")).json()["value"]]


async def test_a_minute_has_so_many_units_and_what_is_refused_counts() -> None:
    """Five for permissions, two for a write, one for a read; what is left is told once it becomes little."""
    async with raised(units_a_minute=10) as library:
        root = f"{library.drive}/root"
        quiet = await library.person.get(f"{root}/permissions")
        assert "ratelimit-remaining" not in quiet.headers
        told = await library.person.get(f"{root}/permissions")
        assert ("10", "0") == (told.headers["ratelimit-limit"], told.headers["ratelimit-remaining"])
        refused = [await library.person.get(root) for _ in range(2)]
        assert [(429, "activityLimitReached")] * 2 == [code(answer) for answer in refused]
        library.sandbox.advance(int(refused[0].headers["retry-after"]))
        assert 200 == (await library.person.get(root)).status_code


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1.0/users", (400, "invalidRequest")),
        ("GET", "/v2.0/drives", (400, "BadRequest")),
        ("GET", "/v1.0/drives/nowhere/root", (404, "itemNotFound")),
        ("GET", "{drive}/items/nothing", (404, "itemNotFound")),
        ("GET", "{drive}/root:/no/such", (404, "itemNotFound")),
        ("PUT", "{drive}/list/items", (405, "methodNotAllowed")),
        ("DELETE", "{drive}/root", (400, "invalidRequest")),
        ("POST", "{root}/children", (400, "BadRequest")),
        ("GET", "{root}/children?$top=x", (400, "invalidRequest")),
        ("GET", "{root}/children?$skiptoken=x", (400, "invalidRequest")),
    ],
)
async def test_what_does_not_exist_is_refused(
    library: Library, method: str, path: str, expected: tuple[int, str]
) -> None:
    """Addresses, methods and bodies that the site does not know."""
    assert expected == code(await library.person.request(method, path.format(drive=library.drive, root=library.root)))
