"""A deployable that was told something wrong does not start, and says which key was wrong."""

from typing import Any

import httpx
import pytest

from kit import settings as plain
from kit.caller import Caller
from kit.clock import SystemClock
from kit.serving import serving
from kit.settings import SettingsError
from kit.tier import Settings, manifests, open_tier
from kit.trust import Signer, new_key_pair

PAIRS = {name: new_key_pair() for name in ("gateway", "experience", "process", "worker")}
CONNECTION = {
    "vendor": "kantata",
    "base_url": "http://127.0.0.1:9",
    "token": "secret",
    "approver_ids": ["1"],
}
ROLES = {"crm": "crm-emea", "erp": "erp-main", "psa": "psa-main"}


def settings(**sections: Any) -> Settings:
    tree = {
        "trust": {
            "private_keys": {name: pair[0] for name, pair in PAIRS.items()},
            "public_keys": {name: pair[1] for name, pair in PAIRS.items()},
        },
        "tiers": {"experience": "http://e", "process": "http://p", "system": "http://s"},
        **sections,
    }
    return plain.decode(Settings, tree, section="settings")


@pytest.mark.req(62, 43)
def test_every_room_that_is_configured_is_opened() -> None:
    """A connection mounts its vendor under the connection's own name."""
    tier = open_tier("system", settings(connections={"psa-main": CONNECTION}))

    assert ["psa-main"] == list(tier.rooms)


@pytest.mark.parametrize(
    ("tier", "sections", "named"),
    [
        (
            "system",
            {"connections": {"x": {**CONNECTION, "vendor": "mavenpipe"}}},
            r"connections\.x\.vendor.*'mavenpipe'",
        ),
        ("system", {"connections": {"x": {"base_url": "http://v"}}}, r"connections\.x\.vendor is missing"),
        ("system", {"connections": {"x": {**CONNECTION, "bas_url": "x"}}}, r"\[connections\.x\].*bas_url"),
        ("process", {"process_apis": {"quote_to_cash": {}}}, r"process_apis\.quote_to_cash"),
        ("process", {"process_apis": {"quote_to_project": {}}}, r"connections\.crm is missing"),
        (
            "process",
            {"process_apis": {"quote_to_project": {"connections": ROLES}}, "connections": {"crm-emea": {}}},
            r"connections\.erp names 'erp-main'",
        ),
        (
            "experience",
            {"experience_apis": {"approvals": {"colour": "red"}}},
            r"\[experience_apis\.approvals\].*colour",
        ),
        ("experience", {"experience_apis": {"approvals": {}}, "tiers": {}}, r"tiers\.process is missing"),
        ("experience", {"experience_apis": {"approvals": {}}, "trust": {}}, r"trust\.private_keys\.experience"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(tier: str, sections: dict[str, Any], named: str) -> None:
    """Unknown rooms and vendors, misspelt keys, missing secrets and addresses, roles that nobody serves."""
    with pytest.raises(SettingsError, match=named):
        open_tier(tier, settings(**sections))


def test_a_missing_secret_of_a_vendor_is_named() -> None:
    """The room's own settings are as strict as the house's."""
    without = {key: value for key, value in CONNECTION.items() if key != "token"}
    with pytest.raises(SettingsError, match=r"\[connections\.x\].*token"):
        open_tier("system", settings(connections={"x": without}))


async def test_health_is_open_and_everything_else_is_not() -> None:
    """An orchestrator asks without a token; a stranger learns nothing else, not even what exists."""
    tier = open_tier("experience", settings(experience_apis={"control_tower": {}}))
    async with serving(tier.app) as url, httpx.AsyncClient(base_url=url) as http:
        codes = [(await http.get(path)).status_code for path in ("/health/live", "/health/ready", "/x")]

    assert [200, 200, 401] == codes


async def test_the_tier_serves_its_own_document() -> None:
    """What a tier publishes is what the contracts say."""
    tier = open_tier("experience", settings(experience_apis={"control_tower": {}}))
    async with serving(tier.app) as url, httpx.AsyncClient(base_url=url) as http:
        told = (await http.get("/openapi.json")).json()

    assert "3.1.0" == told["openapi"]
    assert "/control_tower/cases" in told["paths"]


@pytest.mark.req(17)
async def test_nobody_leaps_over_a_flight_of_stairs() -> None:
    """An experience's token does not open the system tier, though it is well signed."""
    signer = Signer(issuer="experience", private_key_pem=PAIRS["experience"][0], clock=SystemClock())
    token = signer.mint(audience="system", caller=Caller(subject="x", scopes=frozenset({"psa:read"})))
    tier = open_tier("system", settings(connections={"psa-main": CONNECTION}))
    async with serving(tier.app) as url, httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/psa-main/psa/capabilities", headers={"Authorization": f"Bearer {token}"})

    assert (401, "token_issuer_refused") == (answer.status_code, answer.json()["code"])


@pytest.mark.req(300)
@pytest.mark.parametrize(("tenant", "expected"), [("atlantic", "path_unknown"), ("pacific", "tenant_other")])
async def test_a_tier_serves_the_people_of_its_own_tenant(tenant: str, expected: str) -> None:
    """A token of another tenant is refused before anything is looked for, though its scopes would do."""
    signer = Signer(issuer="gateway", private_key_pem=PAIRS["gateway"][0], clock=SystemClock())
    caller = Caller(subject="x", scopes=frozenset({"cases:read"}), tenant=tenant)
    token = signer.mint(audience="experience", caller=caller)
    tier = open_tier("experience", settings(tenant="atlantic", experience_apis={"control_tower": {}}))
    async with serving(tier.app) as url, httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/nothing", headers={"Authorization": f"Bearer {token}"})

    assert expected == answer.json()["code"]


@pytest.mark.parametrize("tier", ["system", "process", "experience"])
def test_every_manifest_names_its_owner(tier: str) -> None:
    """No room without somebody who answers for it (title, owner)."""
    for manifest in manifests(tier).values():
        assert manifest.facts["title"], manifest.name
        assert manifest.facts["owner"], manifest.name
