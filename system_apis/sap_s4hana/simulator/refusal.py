"""How the tenant says no, in the dialect of the service that was asked."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """One refused request: status, message code, text, the property at fault, and headers that go with it."""

    def __init__(
        self, status: int, code: str, text: str, *, target: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.target = target
        self.headers = headers or {}

    def body(self, *, version: int, transaction: str, moment: str) -> dict[str, Any]:
        """The error document of OData v2 or v4."""
        detail = {"code": self.code, "message": self.text, "target": self.target}
        if version != 2:
            return {"error": {**detail, "details": []}}
        details = [{**detail, "propertyref": "", "severity": "error"}]
        inner = {"transactionid": transaction, "timestamp": moment, "errordetails": details}
        message = {"lang": "en", "value": self.text}
        return {"error": {"code": self.code, "message": message, "innererror": inner}}


def business(code: str, text: str, *, target: str = "") -> Refusal:
    """A rule of the application refuses."""
    return Refusal(400, code, text, target=target)


def absent(segment: str) -> Refusal:
    """No such entity."""
    return Refusal(404, "/IWBEP/CM_MGW_RT/020", f"Resource not found for segment '{segment}'")


def malformed(text: str) -> Refusal:
    """The request cannot be read."""
    return Refusal(400, "/IWFND/CM_MGW_RT/021", text)
