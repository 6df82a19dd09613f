"""A development landscape: an account with a default rate card set, people who approve, and a fresh token."""

from __future__ import annotations

import secrets
from typing import Any, Final

_CONSULTANTS: Final = range(9001, 9041)


def develop(base_url: str) -> dict[str, Any]:
    """Settings for the room, the account behind them, and how a person's own tool signs in."""
    token, person = secrets.token_hex(32), secrets.token_hex(32)
    return {
        "config": {
            "base_url": f"{base_url.rstrip('/')}/api/v1",
            "token": token,
            "approver_ids": ["8001"],
        },
        "seed": _account([token, person]),
        "person": {"headers": {"Authorization": f"Bearer {person}"}},
    }


def _account(tokens: list[str]) -> dict[str, Any]:
    return {
        "oauth": {
            "applications": [
                {
                    "client_id": "development",
                    "client_secret": secrets.token_hex(16),
                    "redirect_uri": "http://127.0.0.1/callback",
                }
            ],
            "tokens": tokens,
        },
        "users": {
            "8001": _user("Robin Staffing", "staffing@sluicegate.example"),
            "8002": _user("Dana Okafor", "dana.okafor@sluicegate.example"),
            **{
                str(number): _user(f"Consultant {number}", f"consultant.{number}@sluicegate.example")
                for number in _CONSULTANTS
            },
        },
        "rate_card_sets": {"1": {"title": "Account default", "account_default": True}},
        "rate_card_set_versions": {"1": {"rate_card_set_id": "1", "effective_date": "2020-01-01", "active": True}},
        "rate_cards": {
            str(number): {"rate_card_set_id": "1", "currency": currency}
            for number, currency in enumerate(("EUR", "GBP", "USD", "CHF"), start=1)
        },
        "rate_card_versions": {
            str(number): {"rate_card_id": str(number), "rate_card_set_version_id": "1", "default_rate": 0}
            for number in range(1, 5)
        },
    }


def _user(name: str, email: str) -> dict[str, Any]:
    return {"full_name": name, "email_address": email, "disabled": False, "account_id": "1"}
