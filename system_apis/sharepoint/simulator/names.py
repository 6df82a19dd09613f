"""Which names a library takes, and which it refuses."""

import mimetypes
import re
from typing import Final

from .refusal import Refusal

_FORBIDDEN: Final = re.compile(r'["*:<>?/\\|\x00-\x1f]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?|\.lock|desktop\.ini", re.IGNORECASE)
_LONGEST_PATH: Final = 400


def checked(name: object, *, path: str, top: bool) -> str:
    """A name that may stand; `path` is where it would stand, decoded, from the library on."""
    if not isinstance(name, str) or not name.strip():
        raise _refused("The name is empty.")
    reserved = name.startswith("~$") or "_vti_" in name.lower() or _RESERVED.fullmatch(name)
    if _FORBIDDEN.search(name) or name != name.strip(" ") or name.endswith(".") or reserved:
        raise _refused("The provided name cannot contain this character, or is reserved.")
    if top and name.lower() == "forms":
        raise _refused("The name is reserved at the top of a library.")
    if len(path) > _LONGEST_PATH:
        raise Refusal(400, "pathIsTooLong", "The path exceeds 400 characters.")
    return name


def _refused(message: str) -> Refusal:
    return Refusal(400, "invalidRequest", message, inner="invalidName")


def media(name: str, *, said: str = "") -> str:
    """The media type of a file: what its ending says; the caller's word counts only where the ending says nothing."""
    return mimetypes.guess_type(name)[0] or said or "application/octet-stream"
