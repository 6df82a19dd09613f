"""Fresh credentials at both ends of an org: what the room is told, what the server knows, a person signed in."""

import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .formats import long_id


@dataclass(frozen=True, slots=True)
class Landscape:
    """Settings of the login, the seed that goes with them, and the headers of a person already signed in."""

    config: dict[str, Any]
    seed: dict[str, Any]
    person: dict[str, Any]


def credentials(*, integration_user: str, person: str) -> Landscape:
    """One app, its integration user by JWT bearer or by secret, and one person with a session."""
    private_key, certificate = _key_pair()
    consumer_key = f"3MVG9{secrets.token_urlsafe(36)}"
    session = f"00DJ50000000001!AQ{secrets.token_hex(40)}"
    app = {
        "consumer_key": consumer_key,
        "consumer_secret": secrets.token_hex(32),
        "certificate": certificate,
        "approved_users": [integration_user],
        "run_as": integration_user,
    }
    users = [
        {"username": integration_user, "id": long_id("005J50000000001")},
        {"username": person, "id": long_id("005J50000000002")},
    ]
    return Landscape(
        config={"consumer_key": consumer_key, "username": integration_user, "private_key": private_key},
        seed={"apps": [app], "users": users, "sessions": [{"token": session, "username": person}]},
        person={"headers": {"Authorization": f"Bearer {session}"}},
    )


def _key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
