"""What each refusal of the vendor means to us, and that nothing of its words leaks where it may quote people."""

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.workday import faults, problems
from system_apis.workday.faults import fault_from
from system_apis.workday.problems import for_callers, problem_from

pytestmark = pytest.mark.req(44, 62)

STAFFING = "/ccx/api/staffing/v6/firm/workers/1"
REPORT = "/ccx/service/customreport2/firm/hr/Workers"
JSON, XML, HTML = "application/json", "text/xml;charset=UTF-8", "text/html"


def answer(status: int, body: bytes, *, path: str = STAFFING, media: str = JSON) -> httpx.Response:
    """An answer of the vendor."""
    request = httpx.Request("GET", f"https://tenant.test{path}")
    return httpx.Response(status, content=body, headers={"content-type": media}, request=request)


def error(code: str = "", field: str = "") -> bytes:
    """The vendor's error object, quoting somebody in its sentences."""
    errors = [{"error": "Ada Muster is not valid", "field": field, "location": "query"}] if field else []
    return msgspec.json.encode({"error": "Ada Muster", "code": code, "errors": errors})


def fault(code: str, text: str = "Ada Muster", xpath: str = "") -> bytes:
    """A fault of a web service, quoting somebody too."""
    detail = f"<detail><wd:Validation_Error><wd:Message>Ada Muster</wd:Message><wd:Xpath>{xpath}</wd:Xpath>"
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wd="urn:com.workday/bsvc"><e:Body>'
        f"<e:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>{detail}</wd:Validation_Error></detail>"
        "</e:Fault></e:Body></e:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    ("status", "body", "path", "media", "expected"),
    [
        (400, error(), STAFFING, JSON, (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")),
        (400, error("A160", "limit"), STAFFING, JSON, (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (400, error("A160", "Prompt"), REPORT, JSON, (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (401, error("S19"), STAFFING, JSON, (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused")),
        (401, b"", REPORT, HTML, (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused")),
        (403, error("S22"), REPORT, JSON, (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")),
        (404, error("A139"), STAFFING, JSON, (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")),
        (404, error("S21"), STAFFING, JSON, (Kind.FORBIDDEN, Retry.NEVER, "vendor_domain_hidden")),
        (404, error("A139"), REPORT, JSON, (Kind.UNEXPECTED, Retry.NEVER, "vendor_report_missing")),
        (404, b"<html>", STAFFING, HTML, (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired")),
        (405, error(), STAFFING, JSON, (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired")),
        (410, b"", STAFFING, JSON, (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired")),
        (413, b"", STAFFING, JSON, (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large")),
        (414, b"<html>", REPORT, HTML, (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large")),
        (418, b"[]", STAFFING, JSON, (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")),
        (429, error(), REPORT, JSON, (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")),
        (429, b"", STAFFING, HTML, (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")),
        (302, b"", STAFFING, HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_maintenance")),
        (500, b"{", STAFFING, JSON, (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (503, b"<html>", REPORT, HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (504, b"", REPORT, HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (200, b"<html>", REPORT, HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_garbled")),
        (200, b"<wd:Report_Data/>", REPORT, XML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_garbled")),
    ],
)
def test_a_refusal_is_told_in_our_terms(
    status: int, body: bytes, path: str, media: str, expected: tuple[Kind, Retry, str]
) -> None:
    """Kind and retry verdict follow from code, field at fault, address and status; a report is no record."""
    found = problem_from(answer(status, body, path=path, media=media))

    assert found is not None
    assert expected == (found.kind, found.retry, found.code)
    assert "Muster" not in f"{found.detail} {found.context}"


@pytest.mark.parametrize(
    ("status", "body", "media", "expected"),
    [
        (
            500,
            fault("SOAP-ENV:Client.validationError", xpath="/wd:Response_Filter/wd:Count"),
            XML,
            (Kind.INVALID, Retry.NEVER, "vendor_refused_value"),
        ),
        (
            500,
            fault("SOAP-ENV:Client.authenticationError"),
            XML,
            (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused"),
        ),
        (500, fault("wsse:FailedAuthentication"), XML, (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused")),
        (500, fault("wsse:InvalidSecurity"), XML, (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused")),
        (500, fault("SOAP-ENV:VersionMismatch"), XML, (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired")),
        (
            500,
            fault("SOAP-ENV:Client", "Processing error occurred. The task submitted is not authorized."),
            XML,
            (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied"),
        ),
        (500, fault("SOAP-ENV:Client.other"), XML, (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")),
        (500, fault("SOAP-ENV:Server"), XML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_busy")),
        (500, fault("SOAP-ENV:Server.processing"), XML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_busy")),
        (500, fault(""), XML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_busy")),
        (200, fault("SOAP-ENV:Server"), XML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_busy")),
        (500, b"<e:Envelope", XML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_garbled")),
        (500, b"<html>", HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (503, b"", HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (401, b"", HTML, (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused")),
        (404, b"", HTML, (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired")),
        (413, b"", HTML, (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large")),
        (429, b"", HTML, (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")),
        (302, b"", HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_maintenance")),
        (200, b"<html>", HTML, (Kind.UNAVAILABLE, Retry.LATER, "vendor_garbled")),
        (200, b"{}", JSON, (Kind.UNAVAILABLE, Retry.LATER, "vendor_garbled")),
    ],
)
def test_a_fault_is_told_in_our_terms(status: int, body: bytes, media: str, expected: tuple[Kind, Retry, str]) -> None:
    """Every fault has status 500: a wrong request is not tried again, a throttled one is."""
    found = fault_from(answer(status, body, path="/ccx/service/firm/Human_Resources/v43.0", media=media))

    assert found is not None
    assert expected == (found.kind, found.retry, found.code)
    assert "Muster" not in f"{found.detail} {found.context}"


def test_every_line_of_the_tables_is_found() -> None:
    """Each status and each fault code leads to its verdict, whatever else stands beside it."""
    found = [problem_from(answer(status, b"{}")) for status in problems.STATUSES]
    found += [problem_from(answer(404, error(code))) for code in problems.CODES]
    found += [fault_from(answer(500, fault(f"x:{code}"), media=XML)) for code in faults.CODES]

    wanted = [*problems.STATUSES.values(), *problems.CODES.values(), *faults.CODES.values()]
    assert wanted == [(each.kind, each.retry, each.code) for each in found if each]


def test_an_answer_beyond_all_measure_is_not_read() -> None:
    """A report that was not narrowed comes whole, into memory; over a measure it is refused by both readers."""
    huge = b" " * (problems.MOST_BYTES + 1)
    found = [problem_from(answer(200, huge)), fault_from(answer(200, huge, media=XML))]

    assert [(Kind.UNEXPECTED, Retry.NEVER, "vendor_answer_too_large")] * 2 == [
        (each.kind, each.retry, each.code) for each in found if each
    ]


def test_an_envelope_with_a_document_type_is_not_opened() -> None:
    """Entities that grow without end, or that name a file, are not expanded."""
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    found = fault_from(answer(200, bomb, media=XML))

    assert found is not None
    assert (Kind.UNAVAILABLE, "vendor_garbled") == (found.kind, found.code)


def test_callers_are_not_blamed_for_a_refused_token() -> None:
    """That this connection is not let in is nothing a caller can mend; other problems stay as they are."""
    token = for_callers(Problem(Kind.UNAUTHENTICATED, "vendor_token_refused"))
    other = Problem(Kind.NOT_FOUND, "x")

    assert (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused") == (token.kind, token.retry, token.code)
    assert other is for_callers(other)


def test_a_good_answer_is_no_problem() -> None:
    """Neither an object nor an envelope without a fault."""
    envelope = b"<a><b/></a>"

    assert [None, None] == [problem_from(answer(200, b"{}")), fault_from(answer(200, envelope, media=XML))]
