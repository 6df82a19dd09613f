"""How the tenant refuses: a JSON object for REST and reports, a fault with status 500 for web services."""

from typing import Any
from xml.sax.saxutils import escape


class Refusal(Exception):
    """A refusal of REST, of a report, or of the token endpoint."""

    def __init__(self, status: int, error: str, *, code: str = "", errors: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(error)
        self.status = status
        self.body: dict[str, Any] = {"error": error}
        if code:
            self.body["code"] = code
        if errors:
            self.body["errors"] = list(errors)


class SoapFault(Exception):
    """A fault of a web service; whatever it is about, its status is 500."""

    def __init__(self, code: str, text: str, *, detail: str = "", xpath: str = "") -> None:
        super().__init__(text)
        self.xml = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
            '<SOAP-ENV:Fault xmlns:wd="urn:com.workday/bsvc">'
            f"<faultcode>SOAP-ENV:{code}</faultcode><faultstring>{escape(text)}</faultstring>"
            f"{_detail(detail, xpath)}</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        )


def invalid(field: str, error: str) -> Refusal:
    """What a parameter gets that cannot be read."""
    return Refusal(400, "Invalid request", code="A160", errors=({"error": error, "field": field, "location": "query"},))


def unknown() -> Refusal:
    """What an address or an id gets that is none."""
    return Refusal(404, "Resource not found", code="A139")


def _detail(message: str, xpath: str) -> str:
    if not message:
        return ""
    told = f"<wd:Message>{escape(message)}</wd:Message><wd:Xpath>{escape(xpath)}</wd:Xpath>"
    return (
        f"<detail><wd:Validation_Fault><wd:Validation_Error>{told}</wd:Validation_Error></wd:Validation_Fault></detail>"
    )
