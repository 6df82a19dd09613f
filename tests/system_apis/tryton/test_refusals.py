import httpx
import pytest

from contracts.problem import Kind, Retry
from system_apis.tryton.refusals import problem_from

PAGE = "<!doctype html><title>400 Bad Request</title><p>Unable to get RPC method</p>"
SAID = {
    "The code on party must be unique.": (Kind.ALREADY_EXISTS, "tryton.duplicate"),
    'You can not call "post" on "INV-1 [inv-s1]" of "Account Invoice".': (Kind.CONFLICT, "tryton.wrong_state"),
    'You cannot modify invoice "INV-1" because it is posted, paid or cancelled.': (
        Kind.CONFLICT,
        "tryton.closed_record",
    ),
    'The records could not be deleted because they are used by field "Work".': (Kind.CONFLICT, "tryton.in_use"),
    'To complete work "P" you must complete also all its children.': (Kind.CONFLICT, "tryton.children_open"),
    'The invoices "[inv-s1]" have an invoice date in the future.': (Kind.CONFLICT, "tryton.future_date"),
    'To number the invoice "[a]", you must set an invoice date after "01/30/2027"': (
        Kind.CONFLICT,
        "tryton.date_order",
    ),
    'To continue, you must create a period for the date "01/30/2031"': (Kind.CONFLICT, "tryton.period_missing"),
    'You are not allowed to access "Account Invoice".': (Kind.FORBIDDEN, "tryton.forbidden"),
    "because they fail on at least one of these rules: User in companies": (Kind.FORBIDDEN, "tryton.company_missing"),
    'The European VAT Number "FR1" for party "x" is not valid.': (Kind.INVALID, "tryton.tax_registration"),
    'A value is required for field "Party" in "Work".': (Kind.INVALID, "tryton.required"),
    'The value "99" for field "Taxes" is not valid according to its domain.': (Kind.INVALID, "tryton.not_in_domain"),
    "Something nobody has read before.": (Kind.INVALID, "tryton.rejected"),
}


@pytest.mark.parametrize("words", SAID)
@pytest.mark.req(245)
def test_words_are_told_as_kinds(words: str) -> None:
    """A rule that said no wrote nothing: it is never sent again, and what nobody knows is still a refusal."""
    problem = problem_from(httpx.Response(400, json={"status": 400, "message": words, "description": ""}))

    assert problem is not None
    assert (*SAID[words], Retry.NEVER) == (problem.kind, problem.code, problem.retry)


@pytest.mark.parametrize(
    ("status", "kind", "retry"),
    [
        (400, Kind.UNAVAILABLE, Retry.LATER),
        (401, Kind.UNAUTHENTICATED, Retry.NEVER),
        (403, Kind.FORBIDDEN, Retry.NEVER),
        (404, Kind.NOT_FOUND, Retry.NEVER),
        (413, Kind.TOO_LARGE, Retry.NEVER),
        (429, Kind.RATE_LIMITED, Retry.LATER),
        (500, Kind.UNAVAILABLE, Retry.LATER),
        (503, Kind.UNAVAILABLE, Retry.LATER),
    ],
)
def test_pages_are_told_by_their_status(status: int, kind: Kind, retry: Retry) -> None:
    """A page with 400 is an accident within, rolled back: contention looks like that over REST."""
    problem = problem_from(httpx.Response(status, html=PAGE))

    assert problem is not None
    assert (kind, retry) == (problem.kind, problem.retry)


def test_a_good_answer_is_no_problem() -> None:
    """Also one without a body."""
    assert problem_from(httpx.Response(204)) is None
