"""How the account says no: an error document with `o:errorDetails`, and the code each detail carries."""

from __future__ import annotations

from typing import Any, Final

_PAGE: Final = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4."
_TITLES: Final = {
    400: ("Bad Request", "1"),
    401: ("Unauthorized", "2"),
    403: ("Forbidden", "4"),
    404: ("Not Found", "5"),
    405: ("Method Not Allowed", "6"),
    429: ("Too Many Requests", "1"),
}
ERROR_TYPE: Final = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"


class Refusal(Exception):
    """One refused request: status, code, text, and where in the request the fault lies."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        path: str = "",
        query: str = "",
        url: str = "",
        header: str = "",
        title: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.title = title
        self.headers = headers or {}
        places = {"o:errorPath": path, "o:errorQueryParam": query, "o:errorUrlPath": url, "o:errorHeader": header}
        self.places = {name: place for name, place in places.items() if place}

    def body(self) -> dict[str, Any]:
        """The error document."""
        title, section = _TITLES.get(self.status, ("Error", "1"))
        return {
            "type": _PAGE + section,
            "title": self.title or title,
            "status": self.status,
            "o:errorDetails": [{"detail": self.detail, **self.places, "o:errorCode": self.code}],
        }


def invalid_login() -> Refusal:
    """Any failed sign-in, whatever its cause: the cause stands in the account's audit trail only."""
    text = "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI."
    return Refusal(401, "INVALID_LOGIN", text)


def invalid_value(value: object, *, field: str, path: str) -> Refusal:
    """A reference to nothing, or a value the field cannot take."""
    text = (
        "Error while accessing resource: You have entered an Invalid Field Value "
        f"{value} for the following field: {field}"
    )
    return Refusal(400, "INVALID_CONTENT", text, path=path)


def missing(field: str, *, path: str) -> Refusal:
    """A mandatory field was left out."""
    text = f"Error while accessing resource: Please enter value(s) for: {field}"
    return Refusal(400, "USER_ERROR", text, path=path)


def nonexistent(url: str) -> Refusal:
    """No such record."""
    text = "The record instance does not exist. Provide a valid record instance ID."
    return Refusal(404, "NONEXISTENT_ID", text, url=url)


def invalid_parameter(text: str, *, query: str) -> Refusal:
    """A query parameter that cannot be used."""
    return Refusal(400, "INVALID_PARAMETER", text, query=query)
