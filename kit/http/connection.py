"""An HTTP client for which a connection that is reset as it is made is a failed connection, and no mistake of ours.

Under uvloop such a socket is gone before anyio asks for its peer, and httpcore lets the AttributeError pass: a step
would fail for good where trying again helps.
"""

from __future__ import annotations

from typing import Any, Final

import httpx

_ASKED_OF_NOTHING: Final = frozenset({"getpeername", "getsockname"})


class Client(httpx.AsyncClient):
    """httpx's client with that one failure told as what it is."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """As httpx.

        Raises:
            httpx.ConnectError: also when the connection was reset as it was made; nothing was sent.

        """
        try:
            return await super().send(request, **options)
        except AttributeError as mistake:
            if mistake.obj is not None or mistake.name not in _ASKED_OF_NOTHING:
                raise
            raise httpx.ConnectError("the connection was reset as it was made", request=request) from mistake
