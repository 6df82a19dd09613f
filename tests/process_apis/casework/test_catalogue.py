import pytest

from contracts.canonical.casework import Cause, FixField
from contracts.canonical.governance import Severity
from kit.durable import Fault
from kit.settings import SettingsError
from process_apis.casework.catalogue import FILE, declared, handling, read_catalogue
from process_apis.quote_to_project.catalogue import CATALOGUE as OF_DEALS

ENTRIES = read_catalogue(FILE.read_text())
DOMAIN = [
    "ACCOUNT_HIERARCHY_INVALID",
    "CUSTOMER_DUPLICATE_SUSPECT",
    "LEGAL_ENTITY_MISSING",
    "TAX_PROFILE_MISSING",
    "TAX_CODE_MISSING",
    "VAT_ID_UNVERIFIED",
    "CROSS_BORDER_TAX_REVIEW",
    "SERVICE_LINE_MISSING",
    "DELIVERY_OWNER_MISSING",
    "COMMERCIAL_TERMS_UNAPPROVED",
    "CONTRACT_INCOMPLETE",
    "PAYMENT_TERMS_NONSTANDARD",
    "BILLING_MODEL_NONSTANDARD",
    "RATE_CARD_MISSING",
    "RATE_MISSING",
    "CURRENCY_UNSUPPORTED",
    "START_DATE_MISSING",
    "MILESTONE_REFERENCE_MISSING",
    "PERIOD_CLOSED",
    "CAP_EXCEEDED",
    "VENDOR_UNAVAILABLE",
    "VENDOR_REJECTED",
    "OUTCOME_UNKNOWN",
    "CONFLICT_OWNER",
    "APPROVAL_EXPIRED",
]
ONE = """version = "1"
roles = ["tax", "finance"]
[[exceptions]]
code = "A_PROBLEM"
title = "t"
text = "t"
hint = "h"
owner_role = "tax"
cause = "data_quality"
severity = "low"
due_in_h = 4
"""


@pytest.mark.req(247, 256)
@pytest.mark.parametrize("code", DOMAIN)
def test_the_catalogue_holds_every_problem_of_the_business(code: str) -> None:
    """Each has an owner, a clock, words for a person and somebody to call when it is overdue."""
    entry = ENTRIES[code]

    assert all((entry.title, entry.text, entry.hint, entry.owner_role, entry.escalation))
    assert entry.due_in_h > 0


def test_a_process_says_the_same_as_the_catalogue() -> None:
    """Where a process states owner and clock itself, they are those that will hold."""
    differs = {
        code: (entry.owner_role, ENTRIES[code].owner_role)
        for code, entry in OF_DEALS.items()
        if (entry.owner_role, entry.due_in_h) != (ENTRIES[code].owner_role, ENTRIES[code].due_in_h)
    }

    assert {} == differs


def test_a_fault_is_completed_by_the_catalogue() -> None:
    """The road says what is wrong and what it asks; the catalogue says who, by when, and how an answer looks."""
    fault = Fault(
        code="START_DATE_MISSING",
        title="as raised",
        detail="line 2",
        owner_role="somebody",
        due_in_h=999,
        form=[FixField(name="start_date_2", label="")],
    )
    handled = handling(ENTRIES, fault)

    assert ("sales", 8.0, "line 2") == (handled.fault.owner_role, handled.fault.due_in_h, handled.fault.detail)
    assert Severity.MEDIUM is handled.severity
    assert [r"\d{4}-\d{2}-\d{2}"] == [each.pattern for each in handled.fault.form]
    assert "First day of the service" == handled.fault.form[0].label


def test_what_a_case_offers_stands_before_what_the_catalogue_offers() -> None:
    """Choices come from the systems of the case; an undeclared question is asked as it is."""
    form = [FixField(name="tax_code", label="Tax code of Northwind", choices=["EU-RC"]), FixField(name="x", label="X")]
    handled = handling(ENTRIES, Fault(code="TAX_CODE_MISSING", title="", detail="", form=form))

    assert form == handled.fault.form


@pytest.mark.parametrize(
    ("code", "cause", "kind", "stands_as"),
    [
        ("netsuite.bad_zip", Cause.DATA_QUALITY, "invalid", "VENDOR_REJECTED"),
        ("session_lost", Cause.API_FAILURE, "unexpected", "VENDOR_UNAVAILABLE"),
        ("VENDOR_UNAVAILABLE", Cause.API_FAILURE, "unavailable", "VENDOR_UNAVAILABLE"),
        ("VENDOR_UNAVAILABLE", Cause.API_FAILURE, "unknown_outcome", "OUTCOME_UNKNOWN"),
    ],
)
def test_a_vendors_own_code_stands_under_one_of_ours(code: str, cause: Cause, kind: str, stands_as: str) -> None:
    """What a vendor calls it is kept in the context; the queue knows only codes of the catalogue."""
    fault = Fault(code=code, title="the ERP refused", detail="d", cause=cause, context={"kind": kind, "code": code})
    handled = handling(ENTRIES, fault).fault

    assert (stands_as, code) == (handled.code, handled.context["code"])


def test_a_numbered_question_is_about_the_declared_one() -> None:
    """`ask_again_2` is `ask_again` for the second time; of two that fit the longer name wins."""
    again = declared(ENTRIES["APPROVAL_EXPIRED"], "ask_again_2")

    assert again is not None
    assert "ask_again" == again.name
    assert declared(ENTRIES["APPROVAL_EXPIRED"], "asking") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('code = "A_PROBLEM"|code = "problem"', "is no code"),
        ('owner_role = "tax"|owner_role = "taxi"', "is no role"),
        ("due_in_h = 4|due_in_h = 0", "due before it is raised"),
        ('hint = "h"|hint = ""', "does not say"),
        ('hint = "h"|hnt = "h"', "hnt"),
        ('due_in_h = 4|due_in_h = 4\nescalation = [{ role = "tax", after_h = 0 }]', "calls a role twice"),
        ('due_in_h = 4|due_in_h = 4\nescalation = [{ role = "finance", after_h = -1 }]', "out of order"),
        ("due_in_h = 4|due_in_h = 4\nform = [{ name = 'x', label = 'X', pattern = '(' }]", "is no pattern"),
        ("due_in_h = 4|due_in_h = 4\nform = [{ name = 'x', label = 'X' }, { name = 'x', label = 'Y' }]", "one thing"),
        ('severity = "low"|severity = "dire"', "severity"),
    ],
)
def test_a_catalogue_that_will_not_do_stops_the_start(change: str, says: str) -> None:
    """A misspelt key, an unknown role, a broken pattern or hours out of order are refused by name."""
    before, after = change.split("|")
    with pytest.raises(SettingsError, match=says):
        read_catalogue(ONE.replace(before, after))


def test_a_code_stands_once() -> None:
    """Two entries of one code would be two owners."""
    with pytest.raises(SettingsError, match="stands twice"):
        read_catalogue(ONE + ONE.partition("]\n[[")[2].join(["[[", ""]))
