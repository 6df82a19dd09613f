"""The tables of the door: keys of partners, as hashes, and tokens that count no longer."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Table, Text

from kit.store.column import Moment
from kit.store.tables import METADATA

API_KEY: Final = Table(
    "api_key",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("replaced_by", Text, nullable=False, server_default=""),
    Index(None, "owner", "created_at"),
)

REVOKED_TOKEN: Final = Table(
    "revoked_token",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("token_id", Text, primary_key=True),
    Column("until", Moment, nullable=False),
    Index(None, "until"),
)
