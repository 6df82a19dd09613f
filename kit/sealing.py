"""Secrets that have to be read again, sealed before they are stored; refuses to begin without a key.

The first key seals, all of them open: a new key goes in front, and the old one leaves once nothing sealed by it is
kept.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from kit.settings import Secret, SettingsError


class Unsealable(Exception):
    """None of the keys opens it: it was sealed by another, or somebody changed it."""


class Sealer:
    """Seals and opens short texts; AES-128-CBC with HMAC-SHA256, as Fernet defines it."""

    def __init__(self, keys: Secret, *, setting: str) -> None:
        """Make it of keys that are separated by blanks; `setting` is what they are called.

        Raises:
            SettingsError: there is no key, or one is not 32 bytes in URL-safe base64.

        """
        each = keys.reveal().split()
        if not each:
            raise SettingsError(f"{setting} is missing: secrets are not stored in the clear")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in each])
        except ValueError:
            raise SettingsError(f"{setting}: a key is 32 bytes in URL-safe base64") from None

    def seal(self, text: str) -> str:
        """The text as it may be stored."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text.

        Raises:
            Unsealable: no key fits.

        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise Unsealable("no sealing key opens what is stored") from None
