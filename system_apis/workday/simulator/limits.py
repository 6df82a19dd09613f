"""How often one may ask in a second: no header tells what is left, web services do not say that it was too often."""

import datetime as dt
from collections import deque
from typing import Any, Final

from kit.sandbox import Sandbox

from .errors import Refusal, SoapFault

_SECOND: Final = dt.timedelta(seconds=1)


class Limits:
    """The tenant's allowance, unlimited unless seeded."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """No limit."""
        self._most = 0
        self._served: deque[dt.datetime] = deque()

    def seed(self, document: dict[str, Any]) -> None:
        """Load another allowance."""
        self._most = int(document.get("per_second", self._most))

    def count(self, *, soap: bool) -> None:
        """Take one call; raises 429 for REST and reports, and a fault with 500 for web services."""
        now = self._sandbox.now()
        while self._served and self._served[0] <= now - _SECOND:
            self._served.popleft()
        if self._most and len(self._served) >= self._most:
            if soap:
                raise SoapFault("Server", "Processing error occurred. Server is busy, please try again later.")
            raise Refusal(429, "Too many requests")
        self._served.append(now)
