"""What only AvaTax does: codes of fifty characters, charged and computed tax, reported periods, short pages."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.jurisdictions import AddressQuality
from contracts.canonical.party import Address
from contracts.canonical.taxation import TaxDocumentState, TaxRefund
from contracts.problem import Kind, Problem, Retry
from contracts.system.tax import Tax
from tests.conformance.connected import kind_of
from tests.system_apis.avalara.account import (
    ADJUST,
    BROADWAY,
    COMMITMENT,
    CREATE,
    DAY,
    DOCUMENTS,
    SALE,
    VOIDING,
    Account,
    opened,
)

pytestmark = pytest.mark.req(94)


@pytest.mark.parametrize(
    "key", ["inv/1+2?3", "50 % #1", "a" * 64, "inv-2026-07", "acme--t2b--INV:1@x--r1"], ids=lambda key: key[:12]
)
async def test_any_key_of_ours_is_found_again(account: Account, tax: Tax, key: str) -> None:
    """Signs that an address bears only in disguise, and more characters than a code may have."""
    recorded = await tax.record(document_id=key, body=SALE)
    twin = await tax.record(document_id=f"{key[:-1]}~"[:64].replace("~", "0"), body=SALE)

    assert (key, recorded) == (recorded.document_id, await tax.document(document_id=key, legal_entity_id="SG-DE"))
    assert recorded.external_id != twin.external_id
    assert {True} == {len(code) <= 50 for code, _, _ in account.documents()}


@pytest.mark.parametrize("key", ["", " inv", "inv_-ava2f-_1", "a" * 65, "inv\n1", "../inv"])
async def test_a_key_that_could_be_another_is_refused(account: Account, tax: Tax, key: str) -> None:
    """Before anything is sent: the vendor would read the disguise as a sign."""
    with pytest.raises(Problem) as refused:
        await tax.record(document_id=key, body=SALE)

    assert (Kind.INVALID, "key_unfit", []) == (refused.value.kind, refused.value.code, account.served("/"))


async def test_long_ids_of_lines_come_back_whole(tax: Tax) -> None:
    """The vendor bears fifty characters; ours are told by who asked."""
    lines = [replace(SALE.lines[0], line_id="l" * 60 + number) for number in "12"]
    recorded = await tax.record(document_id="inv-1", body=replace(SALE, lines=lines))

    assert [line.line_id for line in lines] == [line.line_id for line in recorded.lines]


async def test_what_was_charged_is_what_is_recorded(account: Account, tax: Tax) -> None:
    """To the cent, shared over lines that tie, with the engine's own amount beside it; another charge is a change."""
    lines = [replace(SALE.lines[0], line_id=str(number), net=Decimal("10.05")) for number in range(3)]
    body = replace(SALE, lines=lines, charged=Decimal("5.73"))
    recorded = await tax.record(document_id="inv-1", body=body)
    changed = await tax.record(document_id="inv-1", body=replace(body, charged=Decimal("5.72")))

    assert (Decimal("5.73"), Decimal("5.73")) == (recorded.tax, recorded.computed)
    assert (Decimal("5.72"), Decimal("5.73")) == (changed.tax, changed.computed)
    assert changed.tax == sum(line.tax for line in changed.lines)
    assert [("inv-1", "Saved", 1)] == account.documents()


async def test_a_document_that_a_person_changed_is_brought_back(account: Account, tax: Tax) -> None:
    """Our mark alone does not make it ours: its amounts have to be those that we want."""
    await tax.record(document_id="inv-1", body=SALE)
    mark = account.sandbox.dump()["documents"][0]["referenceCode"]
    here = {"country": "DE"}
    other: dict[str, Any] = {"code": "inv-1", "companyCode": "SGDE", "customerCode": "cus-1", "date": "2026-07-15"}
    other |= {"type": "SalesInvoice", "referenceCode": mark, "lines": [{"amount": 90}]}
    await account.call("POST", CREATE, json={**other, "addresses": {"singleLocation": here}})
    before = await tax.document(document_id="inv-1", legal_entity_id="SG-DE")
    after = await tax.record(document_id="inv-1", body=SALE)

    assert (Decimal(90), Decimal("100.00")) == (before.net, after.net)


async def test_what_was_reported_never_changes(account: Account, tax: Tax) -> None:
    """Neither adjusted nor voided; the same wish is still answered, and a refund goes under a key of its own."""
    await tax.record(document_id="inv-1", body=SALE)
    await tax.commit(document_id="inv-1", body=COMMITMENT)
    account.sandbox.seed({"filed": [{"company": "SGDE", "through": "2026-07-31"}]})
    same = await tax.record(document_id="inv-1", body=SALE)
    codes = []
    for act in (
        tax.record(document_id="inv-1", body=replace(SALE, charged=Decimal("1.00"))),
        tax.void(document_id="inv-1", body=VOIDING),
    ):
        with pytest.raises(Problem) as refused:
            await act
        codes.append((refused.value.kind, refused.value.code, refused.value.retry))
    refund = TaxRefund(legal_entity_id="SG-DE", refunds="inv-1", issued_on=DAY)
    given_back = await tax.refund(document_id="cor-1", body=refund)

    assert (True, TaxDocumentState.COMMITTED) == (same.locked, same.state)
    assert [(Kind.CONFLICT, "tax_document_locked", Retry.NEVER)] * 2 == codes
    assert (-same.tax, False) == (given_back.tax, given_back.locked)


async def test_registrations_are_read_to_the_last_page(account: Account, tax: Tax) -> None:
    """However short the vendor cuts its pages; pages that never end are told."""
    account.sandbox.seed({"page_most": 4})
    account.landscape["seed"]["companies"][3]["nexus"] *= 60
    account.sandbox.seed(account.landscape["seed"])
    with pytest.raises(Problem) as endless:
        await tax.coverage(legal_entity_id="SG-US")
    account.sandbox.seed({"page_most": 1000})
    covered = await tax.coverage(legal_entity_id="SG-US")

    assert "vendor_page_loop" == endless.value.code
    assert 360 == len(covered.registrations)
    assert [200, 200] == account.served("/nexus")[-2:]


@pytest.mark.parametrize(
    ("address", "quality", "floor", "accepted"),
    [
        (BROADWAY, AddressQuality.BUILDING, "street", True),
        (Address(country="US", postal_code="10001"), AddressQuality.POSTAL_CODE, "street", False),
        (Address(country="US", postal_code="10001-1234"), AddressQuality.POSTAL_CODE, "postal_code", True),
        (Address(country="US", postal_code="00000"), AddressQuality.NONE, "none", False),
        (Address(country="US", postal_code="99999"), AddressQuality.NONE, "none", False),
        (Address(country="US", street="1 Pike", city="Seattle", region="WA"), AddressQuality.BUILDING, "street", True),
        (Address(country="CA", street="1 King", postal_code="M5H2N2"), AddressQuality.BUILDING, "street", True),
    ],
)
@pytest.mark.req(125)
async def test_an_address_is_taken_from_the_floor_up(
    account: Account, address: Address, quality: AddressQuality, floor: str, *, accepted: bool
) -> None:
    """A postal code alone is not good enough unless the settings say so; without coordinates nothing is."""
    async with opened(account, quality_floor=floor) as tax:
        found = await tax.resolve(body=address)

    assert (quality, accepted) == (found.quality, found.accepted)
    assert accepted is not bool(found.faults)


@pytest.mark.req(125)
async def test_addresses_elsewhere_are_not_looked_for(tax: Tax) -> None:
    """The vendor locates in two countries; the place can be checked all the same."""
    assert Kind.UNSUPPORTED is await kind_of(tax.resolve(body=SALE.sold_to))


async def test_the_vendor_knows_which_program_calls(account: Account, tax: Tax) -> None:
    """Every call bears the vendor's header; the license key stands in no answer of ours."""
    await tax.record(document_id="inv-1", body=SALE)
    account.landscape["config"]["license_key"] = "WRONG-KEY"
    async with opened(account) as stranger:
        with pytest.raises(Problem) as refused:
            await stranger.record(document_id="inv-2", body=SALE)

    assert ["sluice; 1; httpx; 26.10.0; sluice"] == account.sandbox.dump()["clients"]
    assert (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER) == (
        refused.value.kind,
        refused.value.code,
        refused.value.retry,
    )
    assert "WRONG" not in f"{refused.value}{refused.value.context}{refused.value.hint}"
    assert refused.value.context["vendor_correlation"]


async def test_estimates_may_be_repeated_and_records_are_looked_up_first(account: Account, tax: Tax) -> None:
    """What stands as wanted costs one read and no write."""
    await tax.record(document_id="inv-1", body=SALE)
    for _ in range(3):
        await tax.record(document_id="inv-1", body=SALE)
    told: dict[str, Any] = {"writes": account.served(ADJUST), "reads": account.served(DOCUMENTS, "GET")}

    assert {"writes": [201], "reads": [404, 200, 200, 200]} == told
