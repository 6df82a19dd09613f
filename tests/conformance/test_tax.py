"""What every tax engine has to do; a new vendor is tried without an edit here.

The landscape knows a company SG-DE registered in Germany and SG-US registered in New York, and files nothing.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pytest
from msgspec.structs import replace

from contracts.canonical.jurisdictions import JurisdictionLevel, PlaceQuestion, PlaceStep
from contracts.canonical.party import Address
from contracts.canonical.taxation import (
    Commitment,
    Exemption,
    TaxDocument,
    TaxDocumentKind,
    TaxDocumentState,
    TaxedItem,
    TaxRefund,
    TaxRequest,
    TaxVoiding,
)
from contracts.problem import Kind, Problem
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import IN_DOUBT, Connected, connected, kind_of, serving_role

KEY: Final = "inv-2026.07+north 1"
HAMBURG: Final = Address(country="DE", street="Kehrwieder 9", city="Hamburg", postal_code="20457")
MUNICH: Final = Address(country="DE", street="Marienplatz 1", city="Munich", postal_code="80331")
PARIS: Final = Address(country="FR", street="1 rue de Rivoli", city="Paris", postal_code="75001")
BROADWAY: Final = Address(country="US", street="1440 Broadway", city="New York", region="NY", postal_code="10001")
LICENCE: Final = "P0000000"
ADVICE: Final = "SP140000"
DAY: Final = dt.date(2026, 7, 15)
SALE: Final = TaxRequest(
    kind=TaxDocumentKind.SALE,
    legal_entity_id="SG-DE",
    customer_id="cus-1",
    issued_on=DAY,
    currency="EUR",
    sold_from=HAMBURG,
    sold_to=MUNICH,
    lines=[
        TaxedItem(line_id="l-1", net=Decimal("1000.00"), service_code=ADVICE, description="Advice"),
        TaxedItem(line_id="l-2", net=Decimal("333.33"), service_code=ADVICE, quantity=Decimal("1.5")),
    ],
)
OURS: Final = Commitment(legal_entity_id="SG-DE")
VOIDING: Final = TaxVoiding(legal_entity_id="SG-DE")


@pytest.fixture(params=serving_role("tax"))
async def tax(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "tax") as opened:
        yield opened


async def record(tax: Connected, key: str = KEY, body: TaxRequest = SALE) -> TaxDocument:
    recorded: TaxDocument = await tax.role.record(document_id=key, body=body)
    return recorded


async def standing(tax: Connected, key: str = KEY, **more: Any) -> TaxDocument:
    found: TaxDocument = await tax.role.document(document_id=key, legal_entity_id="SG-DE", **more)
    return found


@pytest.mark.req(94, 125)
async def test_an_estimate_is_exact_and_kept_nowhere(tax: Connected) -> None:
    """Every amount to the cent, line by line and jurisdiction by jurisdiction; nobody finds it afterwards."""
    told = await tax.role.estimate(document_id=KEY, body=SALE)

    assert (TaxDocumentState.ESTIMATE, "", "EUR") == (told.state, told.external_id, told.currency)
    assert (Decimal("1333.33"), Decimal("253.33")) == (told.net, told.tax)
    assert [("l-1", Decimal("190.00")), ("l-2", Decimal("63.33"))] == [(line.line_id, line.tax) for line in told.lines]
    assert told.tax == sum(share.tax for line in told.lines for share in line.shares)
    assert {(JurisdictionLevel.COUNTRY, "DE", Decimal(19))} == {
        (share.jurisdiction.level, share.jurisdiction.country, share.percent)
        for line in told.lines
        for share in line.shares
    }
    assert Kind.NOT_FOUND is await kind_of(standing(tax))


@pytest.mark.req(94)
async def test_recording_twice_is_recording_once(tax: Connected) -> None:
    """What stands as wanted is returned as it is, also to many who ask at once, and is found by our key."""
    tax.skip_if_lacking("record")
    first = await record(tax)
    others = await asyncio.gather(*(record(tax) for _ in range(4)))

    assert [first] * 4 == others
    assert first == await standing(tax)
    assert (KEY, TaxDocumentState.UNCOMMITTED, 1) == (first.document_id, first.state, first.version)


@pytest.mark.req(94)
async def test_a_document_is_adjusted_until_it_is_voided(tax: Connected) -> None:
    """Other lines under the same key change the document; once committed it stays so; voiding spends the key."""
    tax.skip_if_lacking("record")
    await record(tax)
    fewer = replace(SALE, lines=SALE.lines[:1])
    adjusted = await record(tax, body=fewer)
    committed = await tax.role.commit(document_id=KEY, body=OURS)
    again = await tax.role.commit(document_id=KEY, body=OURS)
    changed = await record(tax)
    voided = await tax.role.void(document_id=KEY, body=VOIDING)
    with pytest.raises(Problem) as spent:
        await record(tax)

    assert (Decimal("190.00"), TaxDocumentState.UNCOMMITTED) == (adjusted.tax, adjusted.state)
    assert (TaxDocumentState.COMMITTED, committed) == (committed.state, again)
    assert (TaxDocumentState.COMMITTED, Decimal("253.33"), 2) == (changed.state, changed.tax, changed.version)
    assert voided == await tax.role.void(document_id=KEY, body=VOIDING)
    assert (TaxDocumentState.VOIDED, TaxDocumentState.VOIDED) == (voided.state, (await standing(tax)).state)
    assert (Kind.CONFLICT, "tax_document_voided") == (spent.value.kind, spent.value.code)
    assert Kind.CONFLICT is await kind_of(tax.role.commit(document_id=KEY, body=OURS))


@pytest.mark.req(94)
async def test_a_refund_gives_back_exactly_what_was_charged(tax: Connected) -> None:
    """Of a line, then of the whole under another key; twice is once; a sale that is not committed is a conflict."""
    tax.skip_if_lacking("refund")
    await record(tax, body=replace(SALE, charged=Decimal("253.34")))
    early = TaxRefund(legal_entity_id="SG-DE", refunds=KEY, issued_on=DAY, line_ids=["l-2"])
    refused = await kind_of(tax.role.refund(document_id="cor-1", body=early))
    sale = await tax.role.commit(document_id=KEY, body=OURS)
    part = await tax.role.refund(document_id="cor-1", body=early)
    again = await tax.role.refund(document_id="cor-1", body=early)
    whole = await tax.role.refund(document_id="cor-2", body=replace(early, line_ids=[]))
    other = await kind_of(tax.role.refund(document_id="cor-1", body=replace(early, line_ids=["l-1"])))
    stranger = await kind_of(tax.role.refund(document_id="cor-3", body=replace(early, line_ids=["l-9"])))

    assert (Decimal("253.34"), Decimal("253.33")) == (sale.tax, sale.computed)
    assert part == again
    assert (TaxDocumentKind.REFUND, TaxDocumentState.COMMITTED) == (part.kind, part.state)
    assert (Decimal("-333.33"), -next(line.tax for line in sale.lines if line.line_id == "l-2")) == (part.net, part.tax)
    assert (-sale.net, -sale.tax) == (whole.net, whole.tax)
    assert [Kind.CONFLICT, Kind.CONFLICT, Kind.INVALID] == [refused, other, stranger]
    assert part.external_id == (await standing(tax, "cor-1", kind="refund")).external_id


@pytest.mark.req(94)
async def test_a_correction_keeps_the_rates_of_its_original(tax: Connected) -> None:
    """A refund of our own making is taxed as of the day that it names, whatever the rate is now (rule TAX-3)."""
    tax.skip_if_lacking("record")
    autumn = dt.date(2020, 9, 1)
    lines = [replace(SALE.lines[0], net=Decimal("-1000.00"))]
    body = replace(SALE, kind=TaxDocumentKind.REFUND, lines=lines, taxed_on=autumn)
    now = await tax.role.estimate(document_id="cor-1", body=replace(body, taxed_on=None))
    kept = await record(tax, "cor-1", body)

    assert (Decimal("-190.00"), Decimal("-160.00"), autumn) == (now.tax, kept.tax, kept.taxed_on)
    assert TaxDocumentKind.REFUND is kept.kind


@pytest.mark.req(125, 142)
async def test_the_place_decides(tax: Connected) -> None:
    """Across a border a business accounts for the tax itself, a private buyer does not; an exemption is heard."""
    abroad = replace(SALE, sold_to=PARIS)
    business = await tax.role.estimate(document_id=KEY, body=replace(abroad, buyer_registration="FR40303265045"))
    private = await tax.role.estimate(document_id=KEY, body=abroad)
    licence = [replace(SALE.lines[0], service_code=LICENCE)]
    home = replace(SALE, legal_entity_id="SG-US", currency="USD", sold_from=BROADWAY, sold_to=BROADWAY, lines=licence)
    taxed = await tax.role.estimate(document_id=KEY, body=home)
    free = await tax.role.estimate(
        document_id=KEY, body=replace(home, exemption=Exemption(reason="E", certificate="NY-4711"))
    )

    assert (Decimal(0), Decimal("253.33")) == (business.tax, private.tax)
    assert (Decimal("88.75"), Decimal(0), Decimal("1000.00")) == (taxed.tax, free.tax, free.exempt)
    assert [JurisdictionLevel.STATE, JurisdictionLevel.CITY, JurisdictionLevel.SPECIAL] == [
        share.jurisdiction.level for share in taxed.lines[0].shares
    ]


@pytest.mark.req(125)
async def test_an_address_is_not_believed_because_it_was_answered(tax: Connected) -> None:
    """One that is located has coordinates and a stack; nonsense is answered and not accepted; too little is invalid."""
    tax.skip_if_lacking("resolve")
    good = await tax.role.resolve(body=BROADWAY)
    nonsense = await tax.role.resolve(body=replace(BROADWAY, postal_code="00000"))
    kinds = [
        await kind_of(tax.role.resolve(body=Address(country="US", city="New York"))),
        await kind_of(tax.role.resolve(body=Address(country=None, postal_code="10001"))),
    ]

    assert (True, []) == (good.accepted, good.faults)
    assert None not in {good.latitude, good.longitude}
    assert {JurisdictionLevel.COUNTRY, JurisdictionLevel.STATE} < {each.level for each in good.jurisdictions}
    assert (False, True) == (nonsense.accepted, bool(nonsense.faults))
    assert [Kind.INVALID] * 2 == kinds


@pytest.mark.req(125)
async def test_a_place_is_put_to_the_test(tax: Connected) -> None:
    """Certain where every step holds; where the seller is not registered there is no tax, and no certainty."""
    tax.skip_if_lacking("resolve")
    question = PlaceQuestion(
        legal_entity_id="SG-US",
        sold_from=BROADWAY,
        sold_to=BROADWAY,
        service_code=LICENCE,
        taxed_on=DAY,
        currency="USD",
    )
    certain = await tax.role.check_place(body=question)
    unregistered = await tax.role.check_place(body=replace(question, legal_entity_id="SG-DE", sold_from=HAMBURG))
    abroad = replace(question, legal_entity_id="SG-DE", sold_from=HAMBURG, sold_to=PARIS, currency="EUR")
    unproven = await tax.role.check_place(body=abroad)
    proven = await tax.role.check_place(body=replace(abroad, buyer_registration="FR40303265045"))

    assert (True, Decimal("8.875")) == (certain.certain, certain.percent)
    assert list(PlaceStep) == [finding.step for finding in certain.findings]
    assert [PlaceStep.REGISTRATION, PlaceStep.ESTIMATE] == [
        finding.step for finding in unregistered.findings if not finding.passed
    ]
    assert [PlaceStep.CROSS_BORDER] == [finding.step for finding in unproven.findings if not finding.passed]
    assert (False, False, True) == (unregistered.certain, unproven.certain, proven.certain)


WRONG: Final[dict[str, dict[str, Any]]] = {
    "a line twice": {"lines": [SALE.lines[0], SALE.lines[0]]},
    "half a cent": {"lines": [replace(SALE.lines[0], net=Decimal("0.001"))]},
    "no country": {"sold_to": Address(country=None)},
    "half a cent charged": {"charged": Decimal("1.005")},
    "no such place": {"legal_entity_id": "SG-US", "sold_to": Address(country="US", postal_code="99999")},
}


@pytest.mark.req(94, 244)
async def test_what_cannot_be_taxed_is_invalid_and_leaves_the_key_free(tax: Connected) -> None:
    """Refused with the fault, in an estimate and in the books; put right, the same key takes it."""
    tax.skip_if_lacking("record")
    kinds = {
        name: {
            await kind_of(tax.role.estimate(document_id=KEY, body=replace(SALE, **change))),
            await kind_of(record(tax, body=replace(SALE, **change))),
        }
        for name, change in WRONG.items()
    }

    assert {name: {Kind.INVALID} for name in WRONG} == kinds
    assert TaxDocumentState.UNCOMMITTED is (await record(tax)).state


async def test_what_is_not_there_is_not_found(tax: Connected) -> None:
    """A key, and a company that the engine does not keep."""
    tax.skip_if_lacking("record")
    refund = TaxRefund(legal_entity_id="SG-DE", refunds="no-such", issued_on=DAY)
    kinds = [
        await kind_of(standing(tax, "no-such")),
        await kind_of(tax.role.commit(document_id="no-such", body=OURS)),
        await kind_of(tax.role.void(document_id="no-such", body=VOIDING)),
        await kind_of(tax.role.refund(document_id="cor-1", body=refund)),
        await kind_of(tax.role.estimate(document_id=KEY, body=replace(SALE, legal_entity_id="SG-XX"))),
        await kind_of(tax.role.coverage(legal_entity_id="SG-XX")),
    ]

    assert [Kind.NOT_FOUND] * 6 == kinds


@pytest.mark.req(243, 245)
async def test_an_answer_lost_after_the_effect_records_nothing_twice(tax: Connected) -> None:
    """Whichever write loses its answer, and how: asked again, the same document stands, and it stands once."""
    tax.skip_if_lacking("record")
    for kind in (FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.TRUNCATE):
        refund = TaxRefund(legal_entity_id="SG-DE", refunds=f"inv-{kind}", issued_on=DAY)
        acts = [
            partial(record, tax, f"inv-{kind}"),
            partial(tax.role.commit, document_id=f"inv-{kind}", body=OURS),
            partial(tax.role.refund, document_id=f"cor-{kind}", body=refund),
            partial(tax.role.void, document_id=f"inv-{kind}", body=VOIDING),
        ]
        lost, told = [], []
        for act in acts:
            tax.sandbox.faults.append(Fault(kind=kind, method="POST", path="/", times=1))
            lost.append(await kind_of(act()))
            tax.sandbox.faults.clear()
            told.append(await act())

        assert set(lost) <= IN_DOUBT
        assert [told[0].external_id] * 2 == [told[1].external_id, told[3].external_id]
        assert [1, 1, 1, 1] == [each.version for each in told]
        assert TaxDocumentState.VOIDED is (await standing(tax, f"inv-{kind}")).state


@pytest.mark.req(125)
async def test_a_connection_says_what_it_is_and_does(tax: Connected) -> None:
    """Vendor and role are those of the manifest; a seller's registrations can be read."""
    able = await tax.role.capabilities()
    covered = await tax.role.coverage(legal_entity_id="SG-DE")

    assert (tax.vendor.name, True) == (able.vendor, "tax" in able.roles)
    assert (True, True) == (covered.records, covered.adjusts)
    assert [("DE", JurisdictionLevel.COUNTRY)] == [(each.country, each.level) for each in covered.registrations]
