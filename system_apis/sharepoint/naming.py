"""Names that a library takes: what it forbids is replaced, so that no customer's name stops a process."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from contracts.problem import FieldError, Kind, Problem

_FORBIDDEN: Final = re.compile(r'["*:<>?/\\|\x00-\x1f\x7f]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?|\.lock|desktop\.ini|forms", re.IGNORECASE)
_VTI: Final = re.compile("_vti_", re.IGNORECASE)


def permitted(name: str) -> str:
    """The name as the library takes it; the same for the same wish.

    Source: https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint

    Raises:
        Problem: invalid, when nothing is left of it.

    """
    tidy = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", name))
    tidy = _VTI.sub("-vti-", tidy).strip().rstrip(". ")
    if not tidy:
        fault = FieldError(pointer="/name", code="name_empty", detail="nothing is left that the system takes")
        raise Problem(Kind.INVALID, "name_empty", "the name is empty", errors=(fault,))
    if tidy.startswith("~$"):
        tidy = f"-{tidy[1:]}"
    return f"_{tidy}" if _RESERVED.fullmatch(tidy) else tidy
