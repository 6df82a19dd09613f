"""A development landscape: fresh credentials at both ends, a library with the firm's columns, groups, and a person."""

import secrets
from typing import Any, Final

_SITE: Final = "b!c2x1aWNlLWRlbGl2ZXJ5LXNpdGUtZG9jdW1lbnRz"
_GROUPS: Final = {
    "delivery": "3e1c0000-0000-4000-8000-000000000001",
    "finance": "3e1c0000-0000-4000-8000-000000000002",
    "account-team": "3e1c0000-0000-4000-8000-000000000003",
}
_PLAIN: Final = ("SluiceKind", "SluiceCustomer", "SluiceProject", "SluiceDeal", "SluiceSha256", "SluiceContentTag")


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers."""
    tenant, client_id = (f"9f4c0000-0000-4000-9000-{secrets.randbits(48):012x}" for _ in range(2))
    secret, session = secrets.token_urlsafe(30), f"eyJ0eXAi.{secrets.token_hex(40)}"
    key = {"name": "SluiceKey", "indexed": True, "enforceUniqueValues": True}
    columns: list[dict[str, Any]] = [key, *({"name": name} for name in _PLAIN)]
    members = [
        {"siteGroup": "Delivery Owners", "role": "owner"},
        {"siteGroup": "Delivery Members", "role": "write"},
        {"siteGroup": "Delivery Visitors", "role": "read"},
    ]
    roles = ["Sites.ReadWrite.All"]
    return {
        "config": {
            "base_url": base_url,
            "content_url": base_url,
            "login_url": base_url,
            "tenant_id": tenant,
            "client_id": client_id,
            "client_secret": secret,
            "drive_id": _SITE,
            "groups": dict(_GROUPS),
        },
        "seed": {
            "tenant": tenant,
            "apps": [{"client_id": client_id, "client_secret": secret, "name": "Sluice", "roles": roles}],
            "sessions": [{"token": session, "user_id": "5b7e0000-0000-4000-8000-000000000007", "user": "Dana Okafor"}],
            "drives": [{"id": _SITE, "name": "Project documents", "columns": columns, "grants": members}],
            "groups": [{"id": object_id, "displayName": name} for name, object_id in _GROUPS.items()],
        },
        "person": {"headers": {"Authorization": f"Bearer {session}"}},
    }
