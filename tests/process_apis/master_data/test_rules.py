"""The pure parts: the matrix, the decision on one field, likeness, and difference."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical.field import Record
from contracts.canonical.master import ConflictRule, FieldRule, Kind
from kit.settings import SettingsError
from process_apis.master_data.drifting import Held, difference
from process_apis.master_data.likeness import THRESHOLD, domain_of, folded_name, likeness, traits
from process_apis.master_data.matrix import FILE, NOUNS, declared, read_matrix
from process_apis.master_data.rules import Agreed, Outcome, Proposal, decide

MATRIX = read_matrix(FILE.read_text(encoding="utf-8"))
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
CRM, ERP, PSA = Record.CRM, Record.ERP, Record.PSA


@pytest.mark.req(24, 101, 105, 107, 119)
def test_every_canonical_field_has_a_rule() -> None:
    """No field of any noun is without an owner, a conflict rule and an acceptable latency."""
    paths = {(kind, each.path) for kind, noun in NOUNS.items() for each in declared(noun)}

    assert set(Kind) == set(NOUNS)
    assert paths == set(MATRIX.rules)
    assert [] == [rule.field for rule in MATRIX.rules.values() if rule.latency_s <= 0]


@pytest.mark.req(15, 102, 103, 104)
def test_the_matrix_says_what_the_firm_agreed() -> None:
    """Billing attributes ask for finance; sales owns the address, delivery the plan, finance the tax code."""
    asks = {(kind.value, path) for (kind, path), rule in MATRIX.rules.items() if rule.approval == "finance"}

    assert {
        ("customer", "tax.tax_code"),
        ("customer", "tax.tax_registration"),
        ("customer", "currency"),
        ("contract", "payment_terms"),
        ("project", "legal_entity_id"),
    } <= asks
    assert (CRM, PSA, ERP) == tuple(
        MATRIX.rules[key].record
        for key in (
            (Kind.CUSTOMER, "address.city"),
            (Kind.PROJECT, "starts_on"),
            (Kind.CUSTOMER, "tax.tax_code"),
        )
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[nouns.customer.fields.email]", "[nouns.customer.fields.e_mail]", "customer.e_mail is not declared"),
        ('[nouns.customer.fields.currency]\nowner = "erp"', "[nouns.customer.fields.currency]", "no system of record"),
        ("latency_s = 300", 'latency_s = "soon"', "latency_s"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(old: str, new: str, told: str) -> None:
    """What names nothing declared, leaves a field without owner or has a wrong type does not open the room."""
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(SettingsError, match=told):
        read_matrix(text.replace(old, new))


def rule(**more: Any) -> FieldRule:
    base: dict[str, Any] = {"noun": Kind.CUSTOMER, "field": "name", "record": ERP, "classification": "internal"}
    return FieldRule(**{**base, "creates": [CRM], "changes": [], **more})


TABLE: list[tuple[str, dict[str, Any], Record, Any, tuple[Any, Record] | None, int, Outcome]] = [
    ("first by the owner", {}, ERP, None, None, 0, Outcome.ACCEPTED),
    ("first by who may create", {}, CRM, None, None, 0, Outcome.ACCEPTED),
    ("first by who may not", {}, PSA, None, None, 0, Outcome.REFUSED),
    ("change by the owner", {}, ERP, "a", ("a", ERP), 1, Outcome.ACCEPTED),
    ("change by who may only create", {}, CRM, "a", ("a", ERP), 1, Outcome.REFUSED),
    ("change by who may change", {"changes": [CRM]}, CRM, "a", ("a", ERP), 1, Outcome.ACCEPTED),
    ("what is agreed already", {}, PSA, "x", ("new", ERP), 1, Outcome.UNCHANGED),
    ("a key", {"fixed": True}, ERP, "a", ("a", ERP), 1, Outcome.REFUSED),
    ("needs finance", {"approval": "finance"}, ERP, "a", ("a", ERP), 1, Outcome.PENDING),
    ("needs finance, not the owner", {"approval": "finance"}, PSA, "a", ("a", ERP), 1, Outcome.REFUSED),
    ("conflict, owner", {}, ERP, "a", ("b", CRM), -1, Outcome.ACCEPTED),
    ("conflict, not owner", {"changes": [CRM]}, CRM, "a", ("b", ERP), 1, Outcome.OVERRULED),
    ("newest, later", {"changes": [CRM], "conflict": ConflictRule.NEWEST}, CRM, "a", ("b", ERP), 1, Outcome.ACCEPTED),
    ("newest, older", {"conflict": ConflictRule.NEWEST}, ERP, "a", ("b", CRM), -1, Outcome.OVERRULED),
    ("newest, same moment", {"conflict": ConflictRule.NEWEST}, ERP, "a", ("b", CRM), 0, Outcome.ACCEPTED),
    ("hold", {"conflict": ConflictRule.HOLD}, ERP, "a", ("b", CRM), 1, Outcome.PENDING),
    ("same system, out of order", {}, ERP, "a", ("b", ERP), -1, Outcome.OVERRULED),
]


@pytest.mark.req(13, 14, 26)
@pytest.mark.parametrize("case", TABLE, ids=[each[0] for each in TABLE])
def test_what_becomes_of_a_proposal(case: tuple[Any, ...]) -> None:
    """Each way a proposal can go, one line each."""
    _, said, record, old, stands, later, expected = case
    agreed = None if stands is None else Agreed(stands[0], stands[1], NOON)
    proposal = Proposal(record, old, "new", NOON + dt.timedelta(seconds=later))

    assert expected == decide(rule(**said), proposal, agreed).outcome


records = st.sampled_from([CRM, ERP, PSA])
values = st.sampled_from(["a", "b", "c"])
moments = st.integers(0, 5).map(lambda seconds: NOON + dt.timedelta(seconds=seconds))
rulings = st.builds(
    rule,
    record=records,
    creates=st.lists(records, max_size=2),
    changes=st.lists(records, max_size=2),
    approval=st.sampled_from([None, "finance"]),
    conflict=st.sampled_from(ConflictRule),
)
proposals = st.builds(Proposal, record=records, old=values, new=values, changed_at=moments)
agreements = st.none() | st.builds(Agreed, value=values, record=records, changed_at=moments)


@given(rulings, proposals, agreements)
def test_a_stranger_changes_nothing_and_finance_is_never_passed_by(
    ruling: FieldRule, proposal: Proposal, agreed: Agreed | None
) -> None:
    """Whoever is granted nothing gets nothing; what needs an approval is never simply taken."""
    outcome = decide(ruling, proposal, agreed).outcome
    granted = {ruling.record, *ruling.changes, *ruling.creates}

    assert outcome not in {Outcome.ACCEPTED, Outcome.PENDING} or proposal.record in granted
    assert not (outcome is Outcome.ACCEPTED and ruling.approval)


@given(rulings, proposals, agreements)
def test_what_was_taken_is_no_change_the_second_time(
    ruling: FieldRule, proposal: Proposal, agreed: Agreed | None
) -> None:
    """Repeating an accepted proposal is no change."""
    if decide(ruling, proposal, agreed).outcome is Outcome.ACCEPTED:
        stands = Agreed(proposal.new, proposal.record, proposal.changed_at)
        assert Outcome.UNCHANGED is decide(ruling, proposal, stands).outcome


@given(proposals, proposals, values)
def test_the_newest_stays_in_whatever_order_it_comes(one: Proposal, two: Proposal, base: str) -> None:
    """Two systems that changed the same agreed value end with one value, whichever is heard first."""
    ruling = rule(changes=[CRM, PSA], conflict=ConflictRule.NEWEST)
    one, two = (Proposal(each.record, base, each.new, each.changed_at) for each in (one, two))
    if one.record is two.record or base in {one.new, two.new}:
        return

    def end(*heard: Proposal) -> Any:
        stands = Agreed(base, ERP, NOON - dt.timedelta(days=1))
        for each in heard:
            if decide(ruling, each, stands).outcome is Outcome.ACCEPTED:
                stands = Agreed(each.new, each.record, each.changed_at)
        return stands.value

    assert end(one, two) == end(two, one)


@pytest.mark.req(111)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne GmbH & Co. KG", "MUELLER SOEHNE GmbH"),
        ("Société Générale S.A.", "societe generale"),
        ("Northwind France SAS", "northwind-france, S.A.S."),
        ("Østergård A/S", "Ostergard"),
        ("Żółw sp. z o.o.", "ZOLW"),
    ],
)
def test_names_are_compared_without_their_dress(one: str, other: str) -> None:
    """Legal forms, punctuation, case and diacritics do not tell customers apart."""
    assert folded_name(one) == folded_name(other)


def test_a_name_of_legal_forms_only_is_still_a_name() -> None:
    """Something is left to compare."""
    assert ("sa", "as") == (folded_name("SA"), folded_name("AS"))


def test_a_public_mail_provider_says_nothing() -> None:
    """Only a domain of one's own is a likeness."""
    found = [domain_of(each) for each in ("a@gmail.com", "Bo@Acme.EXAMPLE", "https://www.acme.example/x", "acme")]

    assert ["", "acme.example", "acme.example", ""] == found


ACME = {"name": "Acme GmbH", "tax.tax_registration": "DE 811.234.567", "address.country": "DE"}


@pytest.mark.req(111)
@pytest.mark.parametrize(
    ("other", "suspected"),
    [
        ({"name": "Other", "tax.tax_registration": "DE811234567"}, True),
        ({"name": "ACME"}, True),
        ({"name": "Other"}, False),
        ({"name": "Acme SAS", "tax.tax_registration": "FR1", "address.country": "FR"}, False),
        ({"name": "Acme SAS", "address.country": "FR"}, True),
    ],
)
def test_who_is_suspected(other: dict[str, str], *, suspected: bool) -> None:
    """A tax id or a name is enough; a sister company with its own country and tax id is no suspect."""
    score, reasons = likeness(traits(ACME), traits(other))

    assert suspected == (score >= THRESHOLD)
    assert bool(score) == bool(reasons)


names = st.sampled_from(["Acme", "Acme Inc", "Bolt", ""])
parties = st.fixed_dictionaries(
    {"name": names, "email": st.sampled_from(["a@x.de", "b@gmail.com", None]), "address.country": st.sampled_from("DF")}
)


@given(parties, parties)
def test_likeness_is_mutual_and_within_bounds(one: dict[str, Any], other: dict[str, Any]) -> None:
    """It does not matter which comes first, and it is a probability."""
    score, _ = likeness(traits(one), traits(other))

    assert score == likeness(traits(other), traits(one))[0]
    assert 0 <= score <= 1


@pytest.mark.req(24, 112)
def test_the_owner_comes_first_and_heals_the_others() -> None:
    """The holdings of a difference begin with the owner's; each other gets the owner's value."""
    held = [Held("crm-1", CRM, "b"), Held("erp-1", ERP, "a"), Held("psa-1", PSA, "a")]
    found = difference(rule(), held)

    assert found is not None
    assert ["erp-1", "crm-1", "psa-1"] == [each.connection for each in found.holdings]
    assert [("crm-1", "a")] == [(each.connection, each.value) for each in found.repair]


@pytest.mark.parametrize(
    "held",
    [
        [Held("crm-1", CRM, "b"), Held("psa-1", PSA, "a")],
        [Held("erp-1", ERP, "b"), Held("erp-2", ERP, "a")],
    ],
)
def test_nothing_is_proposed_without_one_word_of_the_owner(held: list[Held]) -> None:
    """Where no owner tells, or owners differ among themselves, people have to."""
    found = difference(rule(), held)

    assert found is not None
    assert [] == found.repair


def test_what_is_the_same_is_no_difference() -> None:
    """Equal values, or one alone."""
    assert difference(rule(), [Held("crm-1", CRM, "a"), Held("erp-1", ERP, "a")]) is None
    assert difference(rule(), [Held("crm-1", CRM, "a")]) is None
