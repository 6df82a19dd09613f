import datetime as dt
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.deal import BillingMethod, Cap, CapBehaviour, DealKind, DealLine, Gap, Opportunity
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, Hierarchy, TaxProfile
from kit.durable.fault import Fault
from process_apis.quote_to_project.catalogue import CATALOGUE
from process_apis.quote_to_project.reading import completed
from process_apis.quote_to_project.rules import validate
from tests.process_apis.quote_to_project.story import (
    CARD,
    ENTITIES,
    FRANCE,
    GERMANY,
    GROUP,
    SERVICE,
    STAFFING,
    TAX_CODES,
    deal,
    eur,
    handoff,
    line,
    milestone,
    need,
    untaxed,
)

DOLLARS = Money(amount=Decimal("240000.00"), currency="USD")


def taxed(code: str) -> dict[str, Any]:
    """The change that gives the customer this tax code."""
    return {"customer": replace(FRANCE, tax=TaxProfile(tax_code=code))}


NOBODY = Customer(customer_id="", name="", address=Address(country=None), currency="EUR", tax=TaxProfile(tax_code=None))
TRIMMED = Cap(amount=eur("250000.00"), behaviour=CapBehaviour.TRIM)


def timed(**changes: Any) -> DealLine:
    """A line billed by time."""
    return line(method=BillingMethod.TIME_AND_MATERIALS, milestones=[], **changes)


# One change of the sound deal for each thing that sales may get wrong, with the code that must be raised.
WRONGS: dict[str, tuple[dict[str, Any], str]] = {
    "not won": ({"won": False}, "DEAL_NOT_WON"),
    "no statement of work": ({"statement_of_work": None}, "CONTRACT_INCOMPLETE"),
    "no lines": ({"lines": []}, "CONTRACT_INCOMPLETE"),
    "milestone line without milestones": ({"lines": [line(milestones=[]), GERMANY, SERVICE]}, "CONTRACT_INCOMPLETE"),
    "no legal entity": ({"legal_entity_id": None}, "LEGAL_ENTITY_MISSING"),
    "empty legal entity": ({"legal_entity_id": ""}, "LEGAL_ENTITY_MISSING"),
    "unknown legal entity": ({"legal_entity_id": "SG-XX"}, "LEGAL_ENTITY_UNKNOWN"),
    "no tax code": ({"customer": untaxed()}, "TAX_CODE_MISSING"),
    "empty tax code": (taxed(""), "TAX_CODE_MISSING"),
    "unknown tax code": (taxed("FR-S-20"), "TAX_CODE_UNKNOWN"),
    "no service line": ({"service_line": None}, "SERVICE_LINE_MISSING"),
    "no delivery owner": ({"delivery_owner": None}, "DELIVERY_OWNER_MISSING"),
    "lines fall short": ({"lines": [line(), GERMANY]}, "CONTRACT_TOTAL_MISMATCH"),
    "a cent too much": ({"amount": eur("1420000.01")}, "CONTRACT_TOTAL_MISMATCH"),
    "shares of 99 %": (
        {"lines": [line(milestones=[milestone("Kick-off", "20"), milestone("End", "79")]), GERMANY, SERVICE]},
        "MILESTONE_PERCENT_MISMATCH",
    ),
    "a negative share": (
        {"lines": [line(milestones=[milestone("Kick-off", "-20"), milestone("End", "120")]), GERMANY, SERVICE]},
        "MILESTONE_PERCENT_MISMATCH",
    ),
    "line reversed": (
        {"lines": [line(ends_on=dt.date(2026, 12, 1)), GERMANY, SERVICE]},
        "DATES_REVERSED",
    ),
    "staffing reversed": (
        {"staffing": [need("Engineer", "DE", "10", dt.date(2027, 2, 1), dt.date(2027, 1, 1))]},
        "DATES_REVERSED",
    ),
    "a free line": ({"lines": [line(), GERMANY, SERVICE, line(amount=eur("0"))]}, "AMOUNT_NOT_POSITIVE"),
    "no hours": ({"staffing": [need("Engineer", "DE", "0")]}, "AMOUNT_NOT_POSITIVE"),
    "half a cent": (
        {"lines": [line(amount=eur("240000.005")), replace(GERMANY, amount=eur("179999.995")), SERVICE]},
        "AMOUNT_TOO_FINE",
    ),
    "rate card in dollars": ({"rate_cards": [CARD, replace(CARD, currency="USD")]}, "CURRENCY_MIXED"),
    "no customer": ({"customer": NOBODY}, "CUSTOMER_MISSING"),
    "customer without a country": (
        {"customer": replace(FRANCE, address=replace(FRANCE.address, country=None))},
        "COUNTRY_MISSING",
    ),
    "hash that is none": ({"statement_of_work_sha256": "abc"}, "CONTRACT_INCOMPLETE"),
    "record that cannot be read": (
        {"gaps": [Gap(record="rate a01", field="Country__c", detail="empty")]},
        "CRM_RECORD_INCOMPLETE",
    ),
    "name with a NUL": ({"name": "North\x00wind"}, "NAME_UNUSABLE"),
    "name of blanks": ({"lines": [line(name=" \u2003"), GERMANY, SERVICE]}, "NAME_UNUSABLE"),
    "line without a method": ({"lines": [line(), GERMANY, replace(SERVICE, method=None)]}, "BILLING_METHOD_MISSING"),
    "line without a country": (
        {"lines": [line(), GERMANY, replace(SERVICE, country=None)]},
        "DELIVERY_COUNTRY_MISSING",
    ),
    "line without a start": ({"lines": [line(), GERMANY, replace(SERVICE, starts_on=None)]}, "DATES_MISSING"),
    "milestone without a day": (
        {"lines": [line(milestones=[replace(milestone("All", "100"), due_on=None)]), GERMANY, SERVICE]},
        "DATES_MISSING",
    ),
    "milestone without a share": (
        {"lines": [line(milestones=[replace(milestone("All", "100"), percent=None)]), GERMANY, SERVICE]},
        "MILESTONE_PERCENT_MISMATCH",
    ),
    "a negative line": (
        {"lines": [line(), GERMANY, SERVICE, line(amount=eur("-5.00")), line(amount=eur("5.00"))]},
        "AMOUNT_NOT_POSITIVE",
    ),
    "cap on a milestone": ({"lines": [line(cap=TRIMMED), GERMANY, SERVICE]}, "CAP_INVALID"),
    "cap below the estimate": (
        {"lines": [timed(cap=replace(TRIMMED, amount=eur("239999.99"))), GERMANY, SERVICE]},
        "CAP_INVALID",
    ),
    "cap without behaviour": (
        {"lines": [timed(cap=replace(TRIMMED, behaviour=None)), GERMANY, SERVICE]},
        "CAP_INVALID",
    ),
    "unknown seller of a line": (
        {"lines": [line(), GERMANY, replace(SERVICE, legal_entity_id="SG-XX")]},
        "LEGAL_ENTITY_UNKNOWN",
    ),
    "no tax code for another seller": (
        {"lines": [line(), GERMANY, replace(SERVICE, legal_entity_id="SG-GB")]},
        "TAX_CODE_MISSING",
    ),
    "tax codes mixed": (
        {"lines": [line(tax_code="EU-RC"), replace(GERMANY, tax_code="DE-S-19"), SERVICE]},
        "TAX_CODE_MIXED",
    ),
    "tax code of a line unknown": ({"lines": [line(tax_code="XX"), GERMANY, SERVICE]}, "TAX_CODE_UNKNOWN"),
    "extension of nothing": ({"kind": DealKind.EXTENSION}, "EXTENSION_BASE_MISSING"),
    "extension of what cannot be read": ({"extends": "006GONE"}, "EXTENSION_BASE_MISSING"),
    "people without rates": ({"rate_cards": []}, "RATE_CARD_MISSING"),
    "role without a rate": ({"staffing": [*STAFFING, need("Engineer", "FR", "10")]}, "RATE_MISSING"),
    "rate that comes too late": (
        {"staffing": [need("Engineer", "DE", "10", dt.date(2026, 11, 30))]},
        "RATE_MISSING",
    ),
}
# A pair that changes one field twice, or of which one wrong takes away what the other is about, is no pair.
PAIRS = [
    (one, other)
    for one, other in combinations(WRONGS, 2)
    if not set(WRONGS[one][0]) & set(WRONGS[other][0])
    and {"no lines", "a cent too much"} != {one, other}
    and {"rate_cards", "staffing"} != {*WRONGS[one][0], *WRONGS[other][0]}
]


def codes(opportunity: Opportunity, **around: Any) -> list[str]:
    """The codes of everything wrong with a deal."""
    return [fault.code for fault in faults(opportunity, **around)]


def faults(opportunity: Opportunity, **around: Any) -> list[Fault]:
    """Everything wrong with a deal."""
    return validate(handoff(opportunity, **around), fixes={})


@pytest.mark.req(122, 127)
def test_a_sound_deal_has_no_problem() -> None:
    """A complete contract goes through without anybody being asked."""
    assert [] == codes(deal())


@pytest.mark.req(122, 123, 125, 126, 127, 150, 247)
@pytest.mark.parametrize("wrong", WRONGS)
def test_each_wrong_is_found_and_found_alone(wrong: str) -> None:
    """Whatever sales gets wrong raises its own code, and no other."""
    changes, code = WRONGS[wrong]

    assert [code] == codes(deal(**changes))


@pytest.mark.req(127, 247)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_wrongs_are_told_at_once(one: str, other: str) -> None:
    """Two wrongs of one deal are two problems in one answer, so that people are asked once."""
    first, second = WRONGS[one], WRONGS[other]

    assert {first[1], second[1]} == set(codes(deal(**first[0], **second[0])))


@pytest.mark.req(95)
def test_currencies_are_never_mixed() -> None:
    """A line in another currency is refused, and not added to the others."""
    found = codes(deal(lines=[line(amount=DOLLARS), GERMANY, SERVICE]))

    assert {"CURRENCY_MIXED", "CONTRACT_TOTAL_MISMATCH"} == set(found)
    assert ["CURRENCY_MIXED"] == codes(deal(currency="GBP"))


@pytest.mark.req(73, 124)
@pytest.mark.parametrize(
    "hierarchy",
    [
        Hierarchy(customers=[FRANCE], complete=False),
        Hierarchy(customers=[], complete=True),
        Hierarchy(customers=[GROUP], complete=True),
        Hierarchy(customers=[FRANCE], complete=True),
        Hierarchy(customers=[replace(GROUP, customer_id="cus-other"), FRANCE], complete=True),
    ],
    ids=["unreadable", "empty", "another customer", "parent cut off", "another parent"],
)
def test_a_broken_hierarchy_is_refused(hierarchy: Hierarchy) -> None:
    """A chain of accounts that does not lead from a root to the customer is nobody's master data."""
    assert ["ACCOUNT_HIERARCHY_INVALID"] == codes(deal(), hierarchy=hierarchy)


def test_an_unknown_tax_code_of_a_parent_is_found() -> None:
    """A parent's tax code is checked when it has one, and not asked for when it has none."""
    parent = replace(GROUP, tax=TaxProfile(tax_code="GB-X"))

    found = faults(deal(), hierarchy=Hierarchy(customers=[parent, FRANCE]))

    assert [("TAX_CODE_UNKNOWN", [])] == [(fault.code, fault.form) for fault in found]


def test_a_service_line_outside_the_list_is_refused() -> None:
    """Where the firm lists its service lines, another code is not taken."""
    assert ["SERVICE_LINE_MISSING"] == codes(deal(), service_lines=["ADVISORY"])
    assert [] == codes(deal(), service_lines=["ADVISORY", "MANAGED-CLOUD"])


@pytest.mark.req(94, 247, 248)
def test_a_missing_tax_code_comes_with_its_context() -> None:
    """The tax role sees what the deal is about, by when to act, and the codes to choose from."""
    (fault,) = faults(deal(customer=untaxed()))

    assert ("tax", 4) == (fault.owner_role, fault.due_in_h)
    assert {
        "opportunity_id": "006A000001",
        "customer": "Northwind France SAS",
        "customer_country": "FR",
        "contract_value": "1420000.00 EUR",
        "seller": "SG-DE",
        "tax_registration": "FR40303265045",
    }.items() <= fault.context.items()
    assert [("tax_code", TAX_CODES)] == [(field.name, field.choices) for field in fault.form]


def test_a_missing_entity_offers_the_entities_of_the_erp() -> None:
    """Finance chooses among the companies that the ERP knows."""
    (fault,) = faults(deal(legal_entity_id=None))

    assert [each.legal_entity_id for each in ENTITIES] == fault.form[0].choices


@pytest.mark.req(130, 247)
def test_answers_take_the_place_of_what_is_missing() -> None:
    """What people answered is judged like what sales wrote, and carried on."""
    bare = deal(
        customer=untaxed(), legal_entity_id=None, service_line=None, delivery_owner=None, statement_of_work=None
    )
    fixes = {
        "tax_code": "EU-RC",
        "legal_entity_id": "SG-DE",
        "service_line": "MANAGED-CLOUD",
        "delivery_owner": "dana.okafor@sluicegate.example",
        "statement_of_work": "SOW-2026-0117",
    }

    assert 5 == len(validate(handoff(bare), fixes={}))
    assert [] == validate(handoff(bare), fixes=fixes)
    assert deal() == completed(handoff(bare), fixes).opportunity


def test_a_wrong_answer_is_refused_again() -> None:
    """An answer is not believed because a person gave it."""
    found = validate(handoff(deal(customer=untaxed())), fixes={"tax_code": "XX"})

    assert ["TAX_CODE_UNKNOWN"] == [fault.code for fault in found]


def test_people_need_no_rates_where_none_are_planned() -> None:
    """A deal without planned people needs no rate card."""
    assert [] == codes(deal(rate_cards=[], staffing=[]))


def test_other_methods_need_no_milestones() -> None:
    """Only what is billed by milestone must have milestones."""
    fixed = replace(GERMANY, method=BillingMethod.FIXED_FEE, milestones=[])

    assert [] == codes(deal(lines=[line(), fixed, SERVICE]))


@pytest.mark.req(247)
def test_every_problem_has_an_owner_a_clock_and_a_hint() -> None:
    """Nobody is told of a problem without who acts, by when and how."""
    assert [] == [code for code, each in CATALOGUE.items() if not (each.owner_role and each.hint and each.due_in_h > 0)]


@pytest.mark.req(95)
def test_a_currency_that_the_erp_does_not_keep_is_refused() -> None:
    """Nothing is planned that the books could not hold."""
    assert ["CURRENCY_UNSUPPORTED"] == codes(deal(), currencies=["USD", "GBP"])
    assert [] == codes(deal(), currencies=["EUR"])


def test_hostile_names_are_carried_or_refused_and_never_obeyed() -> None:
    """What looks like a command is a name; right-to-left and emoji are names; control characters are none."""
    kind = [
        "Robert'); DROP TABLE deal;--",
        "{{7*7}} ${jndi:ldap://x}",
        "\u202eshalom \u05e9\u05dc\u05d5\u05dd",
        "\U0001f680 launch",
    ]
    unkind = ["", " ", "nul\x00", "bell\x07", "line\nbreak", "lone \ud800"]

    assert [[]] * len(kind) == [codes(deal(name=name)) for name in kind]
    assert [["NAME_UNUSABLE"]] * len(unkind) == [codes(deal(name=name)) for name in unkind]
    (told,) = faults(deal(name="nul\x00"))
    assert "nul" == told.context["deal"]


def test_a_fault_of_thousands_of_lines_is_told_in_a_bounded_space() -> None:
    """The first are named, the others counted, so that a person can read it and a store can keep it."""
    many = [replace(SERVICE, line_id=f"00k{n}", name=f"Service {n} " + "x" * 200, starts_on=None) for n in range(5000)]

    (fault,) = [each for each in faults(deal(lines=many)) if each.code == "DATES_MISSING"]

    assert len(fault.detail) <= 2000
    assert len(fault.context) < 50


def test_a_chain_of_twelve_accounts_is_sound() -> None:
    """As deep as the CRM is followed."""
    chain = [replace(GROUP, customer_id="cus-1", parent_id=None)]
    chain += [replace(GROUP, customer_id=f"cus-{n}", parent_id=f"cus-{n - 1}") for n in range(2, 12)]
    last = replace(FRANCE, parent_id="cus-11")

    assert [] == codes(deal(customer=last), hierarchy=Hierarchy(customers=[*chain, last]))
