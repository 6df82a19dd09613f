"""A development landscape: fresh credentials at both ends, the firm's people, and one board that a team has already."""

import base64
import secrets
import uuid
from typing import Any, Final

_CLIENT: Final = "Ko3sD1xk2cVbqk3m7VQyVvJd0ZrYq0pT"
_ROBOT, _DANA, _SAM, _FINN = (
    f"712020:{number:04d}-{name}" for number, name in enumerate(("robot", "dana", "sam", "finn"))
)


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the seed that goes with them, and a signed-in person's headers.

    Search lags a little behind; `config` holds for the API token, and with `flow = "oauth"` and another address for
    the app.
    """
    tokens = {email: f"ATATT3xFfGF0{secrets.token_urlsafe(24)}" for email in ("robot", "dana.okafor")}
    secret, refresh, cloud = secrets.token_urlsafe(32), secrets.token_urlsafe(32), str(uuid.uuid4())
    dana = f"dana.okafor@sluicegate.example:{tokens['dana.okafor']}"
    app = {"client_id": _CLIENT, "client_secret": secret, "refresh_tokens": [refresh], "accountId": _ROBOT}
    return {
        "config": {
            "base_url": base_url,
            "login_url": base_url,
            "site_url": base_url,
            "email": "robot@sluicegate.example",
            "api_token": tokens["robot"],
            "client_id": _CLIENT,
            "client_secret": secret,
            "refresh_token": refresh,
            "boards": {"brd-finance": "FIN"},
            "accounts": {"finn.holm@sluicegate.example": _FINN},
        },
        "seed": {
            "cloud_id": cloud,
            "api_tokens": [
                {"email": "robot@sluicegate.example", "token": tokens["robot"], "accountId": _ROBOT},
                {"email": "dana.okafor@sluicegate.example", "token": tokens["dana.okafor"], "accountId": _DANA},
            ],
            "apps": [app],
            "users": [
                _person(_ROBOT, "Sluice", "robot"),
                _person(_DANA, "Dana Okafor", "dana.okafor"),
                _person(_SAM, "Sam Seller", "sam.seller"),
                {**_person(_FINN, "Finn Holm", "finn.holm"), "email_hidden": True},
            ],
            "projects": [{"key": "FIN", "name": "Finance desk", "lead": _FINN}],
            "index_lag_s": 0.4,
        },
        "person": {"headers": {"Authorization": f"Basic {base64.b64encode(dana.encode()).decode()}"}},
    }


def _person(account_id: str, name: str, mailbox: str) -> dict[str, Any]:
    return {"accountId": account_id, "displayName": name, "emailAddress": f"{mailbox}@sluicegate.example"}
