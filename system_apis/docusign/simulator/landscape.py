"""A development landscape: an app with a fresh key, a user who has consented to it, an account, and those who sign."""

import secrets
import uuid
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_APP: Final = "7c2b8d7e-6f0a-4a55-9d0e-2f9f0d1c6a01"
_USER: Final = "d3a0b6d4-3f5b-4c36-8f3a-0c5a2e7b9f42"
_ACCOUNT: Final = "fe0b61a3-3b9b-cafe-b7be-4592af32aa9b"
_SITE: Final = "/na3"
"""Which site of the vendor the account lives on; a host of its own there, a path here."""


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signer's headers."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    session, other = secrets.token_urlsafe(24), str(uuid.uuid4())
    email = "sluice@sluicegate.example"
    accounts = [
        {"account_id": other, "is_default": False, "account_name": "Sluicegate trials", "base_uri": f"{base_url}/eu"},
        {"account_id": _ACCOUNT, "is_default": True, "account_name": "Sluicegate", "base_uri": f"{base_url}{_SITE}"},
    ]
    user = {"sub": _USER, "name": "Sluice", "email": email, "accounts": accounts}
    app = {"integration_key": _APP, "public_key": public.decode(), "consented": [_USER]}
    return {
        "config": {
            "auth_url": base_url,
            "integration_key": _APP,
            "user_id": _USER,
            "private_key": private.decode(),
            "account_id": _ACCOUNT,
        },
        "seed": {
            "apps": [app],
            "users": [user],
            "account": {"account_id": _ACCOUNT, "user_id": _USER, "email": email},
            "site": _SITE,
            "session": session,
        },
        "person": {"headers": {"Authorization": f"Bearer {session}"}},
    }
