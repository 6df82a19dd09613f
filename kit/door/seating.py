"""Who sits before a browser: a cookie of ours says so, on pages and nowhere else; sends others to sign in.

Nothing that was typed is lost. A form whose session has ended is sent on, as it is, to a page that asks its sender to
sign in and sends it again; that page is told where the form was going.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias
from urllib.parse import quote

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.door.page import SAFE_METHODS, is_navigation
from kit.door.policy import Ready, Request

Seated: TypeAlias = Callable[[bytes], Caller | None]
"""Gives who is signed in by the `Cookie` field of a request; None when nobody is."""

SIGN_IN: Final = "/portal/signin"
SEND_AGAIN: Final = "/portal/signin/again"
_CODE: Final = "authenticate.signed_out"


def signed_out(request: Request) -> Problem:
    """What is answered on a page when nobody is signed in.

    A person is sent to sign in (303), a form of theirs goes along (307 keeps method and body); a script is refused
    with 401, and htmx told to load the whole page, which then leads to the same place.
    """
    if not is_navigation(request.fields):
        if b"hx-request" in request.fields:
            request.answer.append((b"hx-refresh", b"true"))
        return Problem(Kind.UNAUTHENTICATED, _CODE, "nobody is signed in, or the session has ended", hint="sign in")
    wanted = request.target.decode("ascii", "replace")
    if request.query:
        wanted += "?" + request.query.decode("ascii", "replace")
    is_read = request.method in SAFE_METHODS
    address = f"{SIGN_IN if is_read else SEND_AGAIN}?next={quote(wanted, safe='/')}"
    headers = ((b"location", address.encode()), (b"cache-control", b"no-store"))
    return Ready(_CODE, status=303 if is_read else 307, headers=headers)
