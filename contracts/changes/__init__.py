"""Breaking changes of the partner API, each a pure file with its reason for the customer.

A file `vYYYY_MM_DD_name.py` states `SINCE` (the version that brought it), `OPERATIONS` (whom it concerns), `SHAPES`
(the schemas whose values differ) and three functions: `upgrade` lifts a value of the older shape to the newer one,
`downgrade` undoes that, `before` gives the older schema. Whatever one loses the other must not need: what goes down
comes up again unchanged. Experiences know nothing of this; the gateway applies it.
"""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Final

BEGAN: Final = MappingProxyType({"partners": dt.date(2026, 5, 4)})
"""The oldest version of each contract that is still described; everything before was retired and taken out."""
