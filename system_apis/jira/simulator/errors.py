"""Refusals in the vendor's words: the usual collection, and what stands before the site, which speaks otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """A request that is answered with the vendor's collection of errors, or with another body where it has one."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> None:
        super().__init__("; ".join(messages))
        self.status = status
        self.messages: Sequence[str] = messages
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})
        self.body = body if body is not None else {"errorMessages": list(messages), "errors": self.errors}


def wrong(**errors: str) -> Refusal:
    """Values that their fields do not take."""
    return Refusal(400, errors=errors)


def no_issue() -> Refusal:
    """No issue bears this id or key; the same is said of one that the caller may not see."""
    return Refusal(404, "Issue does not exist or you do not have permission to see it.")


def no_project(key: str) -> Refusal:
    """No project bears this id or key."""
    return Refusal(404, f"No project could be found with key '{key}'.")


def no_property(key: str) -> Refusal:
    """Nothing is kept under this key."""
    return Refusal(404, f"The property {key} does not exist.")


def no_page(path: str, *, at: str) -> Refusal:
    """Nothing stands at this address: what answers is the servlet container, in its own shape."""
    body = {"timestamp": at, "status": 404, "error": "Not Found", "message": "No message available", "path": path}
    return Refusal(404, body=body)


def unreadable() -> Refusal:
    """A body that is no JSON object."""
    return Refusal(400, "There was an error parsing JSON. Check that your request body is valid.")


def removed() -> Refusal:
    """The searches of old."""
    text = (
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
        "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
    )
    return Refusal(410, text)
