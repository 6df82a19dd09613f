"""The keys that sign checkpoints: Ed25519, the first signs, the others only hand over to it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from kit.audit.canonical import canonical
from kit.settings import Secret, SettingsError

_PEM: Final = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)


class Keys:
    """The private keys of the chain by their public halves; `signer` is the public half that signs today."""

    def __init__(self, private_pems: Secret, *, setting: str, lost: str = "") -> None:
        """Read them out of PEM blocks, the newest first; `setting` is what they are called.

        `lost` is the public half of a key that can hand over no more; whoever verifies then has to be told the new one.

        Raises:
            SettingsError: there is none, or one is not an Ed25519 private key.

        """
        found = [_private(block, setting=setting) for block in _PEM.findall(private_pems.reveal())]
        if not found:
            raise SettingsError(f"{setting} is missing: checkpoints of the audit chain are signed")
        self._keys = {public_text(key.public_key()): key for key in found}
        self.signer = next(iter(self._keys))
        self.lost = lost

    def __contains__(self, public: object) -> bool:
        """Whether the private half of a public key is at hand."""
        return public in self._keys

    def sign(self, body: Mapping[str, Any], *, by: str) -> str:
        """The signature of a body by the private half of a public key, as base64."""
        return base64.b64encode(self._keys[by].sign(canonical(body))).decode()


def signed(body: Mapping[str, Any], signature: str, *, by: str) -> bool:
    """Whether a body was signed by the owner of a public key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(by, validate=True))
        key.verify(base64.b64decode(signature, validate=True), canonical(body))
    except (InvalidSignature, ValueError):
        return False
    return True


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as the chain writes it: its 32 bytes in base64."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def public_of_pem(pem: bytes) -> str:
    """A public key that is given as PEM.

    Raises:
        ValueError: it is no Ed25519 public key.

    """
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the chain is signed with Ed25519 keys, and this is another")  # noqa: TRY004 - a file's fault
    return public_text(key)


def fingerprint(public: str) -> str:
    """What people compare over the telephone: SHA-256 over the 32 bytes of a public key, in base64."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(public)).digest()).decode().rstrip("=")


def _private(block: str, *, setting: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(block.encode(), password=None)
    except ValueError:
        raise SettingsError(f"{setting}: a key cannot be read as PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{setting}: a key is not an Ed25519 private key")
    return key
