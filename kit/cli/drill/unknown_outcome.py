"""The unknown outcome: an ERP commits, the connection is cut before its answer, and one invoice has to stand.

An invoice is drafted and posted again and again, each time a new one, and each time the answer to another call is cut:
first that to the first call that is no plain read, then that to the second, until none is left. Whatever the room then
said, it is asked for the same once more, as a process asks; the ERP's own feed has the document once, under our key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.posting import BookedDocument, DocumentKind, PostingDocument, PostingLine
from contracts.canonical.project import Phase, Project
from contracts.problem import Kind, Problem
from kit.cli.drill.ground import Ground, ground
from kit.cli.real import is_real
from kit.tier import Manifest

MOST: Final = 20
"""No act of any room takes so many calls; a drill that comes so far does not end by itself."""
_DAY: Final = dt.date(2027, 1, 31)
_CUSTOMER: Final = Customer(
    customer_id="cus-drill",
    name="Alsterwerke Maschinenbau GmbH",
    address=Address(country="DE", street="Kehrwieder 9", city="Hamburg", postal_code="20457"),
    currency="EUR",
    tax=TaxProfile(tax_code="DE-S-19", tax_registration="DE136695976"),
)
_PROJECT: Final = Project(
    project_id="prj-drill",
    name="Alsterwerke order desk",
    customer_id="cus-drill",
    legal_entity_id="SG-DE",
    service_line="ADVISORY",
    delivery_owner="dana.okafor@sluicegate.example",
    starts_on=dt.date(2027, 1, 4),
    ends_on=dt.date(2027, 6, 30),
    currency="EUR",
    budget=Money(amount=Decimal("40000.00"), currency="EUR"),
    phases=[
        Phase(
            phase_id="phs-drill-1",
            name="Advice",
            starts_on=dt.date(2027, 1, 4),
            ends_on=dt.date(2027, 6, 30),
            country="DE",
            method=BillingMethod.TIME_AND_MATERIALS,
            budget=Money(amount=Decimal("40000.00"), currency="EUR"),
        )
    ],
)
_INVOICE: Final = PostingDocument(
    document_id="inv-drill",
    kind=DocumentKind.INVOICE,
    customer_id="cus-drill",
    legal_entity_id="SG-DE",
    project_id="prj-drill",
    currency="EUR",
    issued_on=_DAY,
    due_on=_DAY + dt.timedelta(days=30),
    lines=[
        PostingLine(
            line_id="inv-drill-1",
            description="Advice, Cloud Architect",
            quantity=Decimal("7.75"),
            unit_price=Decimal("187.35"),
            net=Decimal("1451.96"),
            tax_code="DE-S-19",
        )
    ],
    net=Decimal("1451.96"),
    tax=Decimal("275.87"),
    gross=Decimal("1727.83"),
)


class Cut(Struct, frozen=True, kw_only=True):
    """One act whose answer was cut, and what came of it.

    `call` is the call that was cut, `then` what the room asked the ERP after it within the same act; `answered` is what
    it then said: the ERP's id of the invoice that it had found by our key, or the code of the problem. `again` is the
    id that it said when it was asked once more; `standing` are all ids that the ERP's feed has under our key.
    """

    act: str
    document_id: str
    call: str
    then: list[str]
    answered: str
    again: str
    number: str
    standing: list[str]

    @property
    def once(self) -> bool:
        """Whether one invoice stands, the one that was found."""
        return self.standing == [self.again]


class Drilled(Struct, frozen=True, kw_only=True):
    """What one ERP came through; `simulated` says what stood behind the wire."""

    vendor: str
    title: str
    simulated: bool
    cuts: list[Cut]
    once: bool


async def drilled(vendor: Manifest) -> Drilled:
    """Drill one ERP.

    Raises:
        Problem: the ERP refused what the drill is about, cut or not.

    """
    async with ground(vendor, "erp") as stage:
        await stage.role.put_customer(customer_id="cus-drill", legal_entity_id="SG-DE", body=_CUSTOMER)
        await stage.role.put_project(project_id="prj-drill", body=_PROJECT)
        await _posted(stage, replace(_INVOICE, document_id="inv-drill"))  # so that the room knows what it keeps
        cuts = [*await _swept(stage, "draft"), *await _swept(stage, "post")]
        standing = await _standing(stage)
    cuts = [replace(each, standing=sorted(standing.get(each.document_id, ()))) for each in cuts]
    return Drilled(
        vendor=vendor.name,
        title=vendor.facts["title"],
        simulated=not is_real(vendor),
        cuts=cuts,
        once=bool(cuts) and all(each.once for each in cuts),
    )


async def _swept(stage: Ground, act: str) -> list[Cut]:
    """Every call of an act cut in turn, each time with an invoice of its own."""
    found: list[Cut] = []
    for nth in range(1, MOST + 1):
        document = replace(_INVOICE, document_id=f"inv-drill-{act}-{nth}")
        cut = await _cut(stage, document, act=act, nth=nth)
        if cut is None:
            return found
        found.append(cut)
    raise Problem(Kind.UNEXPECTED, "drill_endless", f"{act} made more than {MOST} calls")


async def _cut(stage: Ground, document: PostingDocument, *, act: str, nth: int) -> Cut | None:
    """One act with its nth call cut; None where it makes fewer."""
    if act == "post":
        await _drafted(stage, document)
    acting = _drafted if act == "draft" else _posted_only
    before = len(stage.wire.exchanges)
    stage.wire.cut(nth)
    answered = await _said(acting, stage, document)
    stage.wire.cut(0)
    met = stage.wire.exchanges[before:]
    place = next((number for number, each in enumerate(met) if each.cut), None)
    again = await acting(stage, document)
    posted = await _posted_only(stage, document)
    if place is None:
        return None
    return Cut(
        act=act,
        document_id=document.document_id,
        call=f"{met[place].method} {met[place].path}",
        then=[each.said for each in met[place + 1 :]],
        answered=answered,
        again=again.external_id,
        number=posted.number,
        standing=[],
    )


async def _said(
    acting: Callable[[Ground, PostingDocument], Awaitable[BookedDocument]], stage: Ground, document: PostingDocument
) -> str:
    try:
        return f"found {(await acting(stage, document)).external_id}"
    except Problem as problem:
        return f"{problem.kind.value}: {problem.code}"


async def _drafted(stage: Ground, document: PostingDocument) -> BookedDocument:
    booked: BookedDocument = await stage.role.put_document(document_id=document.document_id, body=document)
    return booked


async def _posted_only(stage: Ground, document: PostingDocument) -> BookedDocument:
    booked: BookedDocument = await stage.role.post_document(document_id=document.document_id)
    return booked


async def _posted(stage: Ground, document: PostingDocument) -> BookedDocument:
    await _drafted(stage, document)
    return await _posted_only(stage, document)


async def _standing(stage: Ground) -> dict[str, set[str]]:
    """The ERP's ids of every document in its books, by our key, from its feed of changes."""
    found: dict[str, set[str]] = {}
    cursor, more = "", True
    while more:
        page = await stage.role.document_changes(cursor=cursor)
        for each in page.documents:
            found.setdefault(each.document_id, set()).add(each.external_id)
        more, cursor = bool(page.documents) and page.cursor != cursor, page.cursor
    return found
