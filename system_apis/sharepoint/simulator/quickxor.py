"""The hash that SharePoint tells of a file: 160 bits, each byte turned in eleven bits further than the last."""

import base64
from typing import Final

_WIDTH: Final = 160
_STEP: Final = 11


def quick_xor(content: bytes) -> str:
    """The hash in base64; byte by byte, as the vendor's paper tells it."""
    mask = (1 << _WIDTH) - 1
    # Bytes a hundred and sixty apart fall on the same place, so they are joined first.
    places = [0] * _WIDTH
    for place in range(min(_WIDTH, len(content))):
        joined = 0
        for byte in content[place::_WIDTH]:
            joined ^= byte
        places[place] = joined
    state = 0
    for place, byte in enumerate(places):
        shift = place * _STEP % _WIDTH
        state ^= (byte << shift | byte << shift >> _WIDTH) & mask
    length = len(content).to_bytes(8, "little")
    told = bytearray(state.to_bytes(_WIDTH // 8, "little"))
    for index, byte in enumerate(length):
        told[len(told) - 8 + index] ^= byte
    return base64.b64encode(bytes(told)).decode()
