import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.sap_s4hana.refusals import TOKEN_REQUIRED, problem_from

ADDRESS = "https://my300000-api.example/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder"


def v2(code: str, target: str = "") -> dict[str, object]:
    details = [{"code": code, "message": "text", "target": target, "severity": "error"}]
    inner = {"transactionid": "4F2A", "timestamp": "20270131", "errordetails": details}
    return {"error": {"code": code, "message": {"lang": "en", "value": "text"}, "innererror": inner}}


def v4(code: str, target: str = "") -> dict[str, object]:
    return {"error": {"code": code, "message": "text", "target": target, "details": []}}


def answer(status: int, body: object = b"", **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return httpx.Response(status, content=content, headers=headers, request=httpx.Request("POST", ADDRESS))


def judged(response: httpx.Response) -> Problem:
    problem = problem_from(response)
    assert problem is not None
    return problem


@pytest.mark.parametrize("shape", [v2, v4])
@pytest.mark.parametrize(
    ("status", "code", "kind", "retry"),
    [
        (400, "V1/102", Kind.INVALID, Retry.NEVER),
        (400, "NEVER/HEARD", Kind.INVALID, Retry.NEVER),
        (400, "F5/201", Kind.CONFLICT, Retry.NEVER),
        (400, "F5/308", Kind.CONFLICT, Retry.NEVER),
        (400, "MC/601", Kind.CONFLICT, Retry.LATER),
        (400, "VF/044", Kind.CONFLICT, Retry.NEVER),
        (400, "VF/187", Kind.CONFLICT, Retry.NEVER),
        (400, "V1/154", Kind.CONFLICT, Retry.NEVER),
        (400, "R11/201", Kind.ALREADY_EXISTS, Retry.NEVER),
        (400, "/S4PPM/PRO/015", Kind.ALREADY_EXISTS, Retry.NEVER),
        (401, "", Kind.UNAUTHENTICATED, Retry.NEVER),
        (403, "", Kind.FORBIDDEN, Retry.NEVER),
        (404, "/IWBEP/CM_MGW_RT/020", Kind.NOT_FOUND, Retry.NEVER),
        (405, "", Kind.UNSUPPORTED, Retry.NEVER),
        (409, "", Kind.CONFLICT, Retry.LATER),
        (412, "", Kind.PRECONDITION_FAILED, Retry.LATER),
        (413, "", Kind.TOO_LARGE, Retry.NEVER),
        (428, "", Kind.UNEXPECTED, Retry.NEVER),
        (429, "", Kind.RATE_LIMITED, Retry.LATER),
        (302, "", Kind.UNEXPECTED, Retry.NEVER),
        (500, "", Kind.UNAVAILABLE, Retry.LATER),
        (503, "", Kind.UNAVAILABLE, Retry.LATER),
    ],
)
@pytest.mark.req(7)
def test_every_refusal_has_a_kind_and_a_verdict(
    shape: object, status: int, code: str, kind: Kind, retry: Retry
) -> None:
    """The table: status and message code, in the error document of either version, to our kind and verdict."""
    assert callable(shape)
    problem = judged(answer(status, shape(code)))
    assert (kind, retry) == (problem.kind, problem.retry)


def test_a_refusal_names_our_field_and_sap_s_own_transaction() -> None:
    """The property at fault is told as ours; the id by which SAP's support finds the error goes with it."""
    problem = judged(answer(400, v2("V1/102", "SoldToParty")))
    assert [("/customer_id", "V1/102", "text")] == [(one.pointer, one.code, one.detail) for one in problem.errors]
    assert {"vendor_code": "V1/102", "vendor_transaction": "4F2A"} == problem.context


def test_a_session_that_is_over_is_told_from_a_role_that_is_missing() -> None:
    """Both are 403; the header makes the difference."""
    over = judged(answer(403, b"CSRF token validation failed", **{"x-csrf-token": "Required"}))
    assert [TOKEN_REQUIRED, "vendor_forbidden"] == [over.code, judged(answer(403)).code]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('{"code":"MC/601","message":"locked","severity":"error"}', "vendor_record_locked"),
        ('{"code":"V1/555","message":"no","severity":"error"}', "vendor_refused"),
        ('{"code":"V1/001","message":"careful","severity":"warning"}', None),
        ("not json", None),
        ("", None),
    ],
)
def test_an_error_beside_a_good_status_is_an_error(said: str, code: str | None) -> None:
    """SAP may put it into a header of a 200; warnings and what cannot be read are none."""
    problem = problem_from(answer(200, **({"sap-message": said} if said else {})))
    assert code == (None if problem is None else problem.code)


def test_retry_after_is_believed_when_it_is_a_number() -> None:
    """Seconds are waited; anything else is left to our own patience."""
    waits = [judged(answer(429, **{"retry-after": said})).retry_after_s for said in ("7", "soon")]
    assert [7.0, None] == waits


@pytest.mark.parametrize("content", [b"", b"<html>gateway</html>", b"[]", b'{"error":7}'])
def test_a_body_that_is_not_sap_s_is_survived(content: bytes) -> None:
    """A page of something in between still becomes a problem."""
    assert Kind.INVALID is judged(answer(400, content)).kind
