"""What faults of web services mean to us: their status is always 500, for throttling too; the fault code decides."""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

import httpx

from contracts.problem import Kind, Problem, Retry
from system_apis.workday.problems import DOWN, MAINTENANCE, REFUSED, STATUSES, Verdict, oversized

_XPATH: Final = re.compile(r"[\w:/\[\]]{1,200}")
_UNAUTHORIZED: Final = re.compile(r"not authorized", re.IGNORECASE)

BUSY: Final[Verdict] = (Kind.UNAVAILABLE, Retry.LATER, "vendor_busy")
LOGIN: Final[Verdict] = (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused")
DENIED: Final[Verdict] = (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")
CODES: Final[dict[str, Verdict]] = {
    "Client.validationError": (Kind.INVALID, Retry.NEVER, "vendor_refused_value"),
    "Client.authenticationError": LOGIN,
    "FailedAuthentication": LOGIN,
    "InvalidSecurity": LOGIN,
    "VersionMismatch": (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired"),
    "Client": REFUSED,
    "Server": BUSY,
}


def fault_from(response: httpx.Response) -> Problem | None:
    """What an answer of a web service means; None when it is good."""
    found = oversized(response)
    if found is not None:
        return found
    status, media = response.status_code, response.headers.get("content-type", "")
    if "xml" in media:
        envelope = parsed(response.content)
        if envelope is None:
            return Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's envelope cannot be read")
        fault = next((each for each in envelope.iter() if each.tag.rpartition("}")[2] == "Fault"), None)
        if fault is not None:
            return _of(fault)
    if status == httpx.codes.OK:
        garbled = Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
        return None if "xml" in media else garbled
    kind, retry, code = STATUSES.get(status, MAINTENANCE if status < httpx.codes.BAD_REQUEST else DOWN)
    if kind is Kind.UNAUTHENTICATED:
        kind, retry, code = LOGIN
    elif kind is Kind.NOT_FOUND:
        kind, retry, code = CODES["VersionMismatch"]
    return Problem(kind, code, f"{status}", retry=retry)


def parsed(content: bytes) -> ET.Element | None:
    """An envelope; None for what is no XML, or brings a document type, which no envelope has."""
    if b"<!DOCTYPE" in content:
        return None
    try:
        return ET.fromstring(content)  # noqa: S314 - without a document type there are no entities to expand
    except ET.ParseError:
        return None


def _of(fault: ET.Element) -> Problem:
    texts = {each.tag.rpartition("}")[2]: each.text or "" for each in fault.iter()}
    code = texts.get("faultcode", "").rpartition(":")[2]
    kind, retry, ours = CODES.get(code) or CODES.get(code.partition(".")[0], BUSY)
    if _UNAUTHORIZED.search(texts.get("faultstring", "")):
        kind, retry, ours = DENIED
    at = _XPATH.fullmatch(texts.get("Xpath", ""))
    return Problem(kind, ours, f"fault {code or 'without a code'}" + (f" at {at.group()}" if at else ""), retry=retry)
