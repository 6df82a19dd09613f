"""How the audit chain is kept: the section `audit` of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from msgspec import Struct, field

from contracts.canonical.field import Classification
from kit.audit.checkpoint import Due
from kit.audit.keys import Keys
from kit.settings import Secret

SETTING: Final = "audit.private_keys"


class AuditSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Workers chain and sign, the process tier records views. Without keys entries are chained and not signed."""

    private_keys: Secret = Secret("")
    """Ed25519 private keys as PEM, one after the other: the first signs, the others hand over to it."""
    lost_key: str = ""
    """Public half, in base64, of a key that signed so far and can hand over no more."""
    checkpoint_entries: int = 1_000
    """Entries after which a checkpoint is signed."""
    checkpoint_s: float = 300.0
    """Seconds after which a checkpoint is signed, if there was an entry."""
    sequence_s: float = 1.0
    """Seconds between two looks for lines that are not chained yet."""
    lag_s: float = 60.0
    """Age in seconds of the oldest line not chained yet from which on it is told as a warning, and `status` fails."""
    witness: str = ""
    """File to which checkpoints are appended; it should stand where nobody who runs the database can change it."""
    views: Literal["confidential", "restricted", "off"] = "confidential"
    """From which classification on the process tier records who was shown it."""
    redactors: dict[str, str] = field(default_factory=dict)
    """Who may redact: by name the Ed25519 public key as PEM whose private half proves who speaks."""

    @property
    def due(self) -> Due:
        """When a checkpoint is due."""
        return Due(entries=self.checkpoint_entries, seconds=self.checkpoint_s)

    @property
    def witness_path(self) -> Path | None:
        """Where the witness stands."""
        return Path(self.witness) if self.witness else None

    @property
    def recorded(self) -> Classification | None:
        """The lowest classification of which views are recorded."""
        return None if self.views == "off" else Classification(self.views)

    def keys(self) -> Keys:
        """The signing keys.

        Raises:
            SettingsError: there is none, or one cannot be read.

        """
        return Keys(self.private_keys, setting=SETTING, lost=self.lost_key)
