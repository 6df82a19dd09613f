import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.oracle_fusion.refusals import problem_from

ADDRESS = "https://abcd.fa.example/fscmRestApi/resources/11.13.18.05/receivablesInvoices"


def structured(code: str) -> bytes:
    detail = {"detail": f"{code} text", "o:errorCode": code, "o:errorPath": "/"}
    return msgspec.json.encode({"title": "Bad Request", "status": "400", "o:errorDetails": [detail]})


def plain(code: str) -> bytes:
    return f"{code}: text\nand a second line".encode()


def answer(status: int, body: bytes = b"", media: str = "application/json", retry_after: str = "") -> httpx.Response:
    told = {"content-type": media, **({"retry-after": retry_after} if retry_after else {})}
    return httpx.Response(status, content=body, headers=told, request=httpx.Request("POST", ADDRESS))


def judged(response: httpx.Response) -> Problem:
    problem = problem_from(response)
    assert problem is not None
    return problem


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("status", "code", "kind", "retry"),
    [
        (400, "JBO-27014", Kind.INVALID, Retry.NEVER),
        (400, "XYZ-123456", Kind.INVALID, Retry.NEVER),
        (400, "JBO-25013", Kind.ALREADY_EXISTS, Retry.NEVER),
        (400, "JBO-26048", Kind.ALREADY_EXISTS, Retry.NEVER),
        (400, "JBO-25014", Kind.PRECONDITION_FAILED, Retry.LATER),
        (400, "JBO-26061", Kind.UNAVAILABLE, Retry.LATER),
        (400, "AR-855260", Kind.CONFLICT, Retry.NEVER),
        (400, "AR-855252", Kind.CONFLICT, Retry.NEVER),
        (400, "PJB-855121", Kind.CONFLICT, Retry.NEVER),
        (401, "", Kind.UNAUTHENTICATED, Retry.NEVER),
        (403, "", Kind.FORBIDDEN, Retry.NEVER),
        (404, "", Kind.NOT_FOUND, Retry.NEVER),
        (405, "", Kind.UNSUPPORTED, Retry.NEVER),
        (409, "", Kind.CONFLICT, Retry.LATER),
        (412, "JBO-25014", Kind.PRECONDITION_FAILED, Retry.LATER),
        (413, "", Kind.TOO_LARGE, Retry.NEVER),
        (429, "", Kind.RATE_LIMITED, Retry.LATER),
        (302, "", Kind.UNEXPECTED, Retry.NEVER),
        (500, "", Kind.UNAVAILABLE, Retry.LATER),
        (503, "", Kind.UNAVAILABLE, Retry.LATER),
    ],
)
@pytest.mark.req(7)
def test_every_refusal_has_a_kind_and_a_verdict(status: int, code: str, kind: Kind, retry: Retry, *, old: bool) -> None:
    """The table: status and code, in the document of version 4 or in the text of older ones, to kind and verdict."""
    problem = judged(answer(status, plain(code) if old else structured(code)))
    assert (kind, retry) == (problem.kind, problem.retry)


def test_a_refusal_names_our_field_and_the_vendor_s_code() -> None:
    """The attribute at fault is told as ours, also when it was in a part of a batch."""
    detail = {"detail": "no", "o:errorCode": "OKC-195010", "o:errorPath": "/parts/contract/TaxClassificationCode"}
    problem = judged(answer(400, msgspec.json.encode({"title": "", "status": "400", "o:errorDetails": [detail]})))
    assert [("/tax_code", "OKC-195010", "no")] == [(one.pointer, one.code, one.detail) for one in problem.errors]
    assert {"vendor_code": "OKC-195010"} == problem.context


def test_lines_of_text_are_all_told() -> None:
    """Framework versions before 4 answer in text, in several lines; a code in any of them counts."""
    problem = judged(answer(400, b"Bad Request\nJBO-25013: Too many objects match", "text/plain"))
    assert Kind.ALREADY_EXISTS is problem.kind
    assert "Bad Request; JBO-25013: Too many objects match" == problem.detail


def test_a_fault_of_the_account_service_is_a_refusal_though_its_status_is_500() -> None:
    """SOAP tells refusals with 500; a page of something in between with the same status is no refusal."""
    fault = b"<env:Fault><faultcode>env:Server</faultcode><faultstring>HZ-120413: no party</faultstring></env:Fault>"
    told = judged(answer(500, fault, "text/xml"))
    assert (Kind.INVALID, "HZ-120413: no party") == (told.kind, told.detail)
    assert Kind.UNAVAILABLE is judged(answer(500, b"<html/>", "text/html")).kind


def test_retry_after_is_believed_when_it_is_a_number() -> None:
    """Seconds are waited; anything else is left to our own patience."""
    waits = [judged(answer(429, retry_after=said)).retry_after_s for said in ("7", "soon")]
    assert [7.0, None] == waits


@pytest.mark.parametrize("content", [b"", b"<html>gateway</html>", b"[]", b'{"o:errorDetails":7}'])
def test_a_body_that_is_not_the_vendor_s_is_survived(content: bytes) -> None:
    """A page of something in between still becomes a problem."""
    assert Kind.INVALID is judged(answer(400, content)).kind
