"""How the pod says no: structured from framework version 4 on, plain text before."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class Refusal(Exception):
    """One refused request: status, code, text, the attribute at fault, and headers that go with it."""

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        *,
        path: str = "/",
        headers: dict[str, str] | None = None,
        parts: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.path = path
        self.headers = headers or {}
        self.parts = parts

    def body(self) -> dict[str, Any]:
        """The error document of framework version 4 and later; its status is text."""
        if self.parts is not None:
            return {"parts": self.parts}
        detail = {"detail": self.text, "o:errorCode": self.code, "o:errorPath": self.path}
        title = HTTPStatus(self.status).phrase
        return {"title": title, "status": str(self.status), "o:errorDetails": [detail]}

    def plain(self) -> str:
        """What framework versions before 4 answer."""
        return f"{self.code}: {self.text}" if self.code else self.text


def invalid(code: str, text: str, *, path: str = "/") -> Refusal:
    """A rule of the application, or of its attributes, refuses."""
    return Refusal(400, code, text, path=path)


def absent(what: str) -> Refusal:
    """No such resource, or no such row in it."""
    return Refusal(404, "", f"URL request for resource {what} is not found")
