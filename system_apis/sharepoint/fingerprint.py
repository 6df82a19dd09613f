"""The vendor's hash of a file, by which content that stands is known without fetching it.

QuickXorHash: https://learn.microsoft.com/onedrive/developer/code-snippets/quickxorhash
"""

from __future__ import annotations

import base64
from typing import Final

_BITS: Final = 160
_STEP: Final = 11
_MASK: Final = (1 << _BITS) - 1


def quick_xor_hash(content: bytes) -> str:
    """The hash of content, in base64: byte n is turned left by 11 n of 160 bits, all are joined, so is the length."""
    folded = 0
    for start in range(0, len(content), _BITS):  # after 160 bytes the turns begin anew
        folded ^= int.from_bytes(content[start : start + _BITS], "little")
    state = len(content) << (_BITS - 64)
    for place, byte in enumerate(folded.to_bytes(_BITS, "little")):
        turned = byte << (place * _STEP % _BITS)
        state ^= (turned & _MASK) | (turned >> _BITS)
    return base64.b64encode(state.to_bytes(_BITS // 8, "little")).decode()
