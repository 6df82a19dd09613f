"""Claims as their issuer means them: whose organisations a caller belongs to is told by the claim that was named."""

from __future__ import annotations

from typing import Any

import pytest

from kit.door.claims import Issuer, caller_of


def claims(**more: Any) -> dict[str, Any]:
    return {"aud": "door", "sub": "clara", **more}


@pytest.mark.req(289, 300)
@pytest.mark.parametrize(
    ("told", "named", "expected"),
    [
        ({"organisations": ["cus-1", "cus-2"]}, "organisations", {"cus-1", "cus-2"}),
        ({"org_ids": "cus-1 cus-2"}, "org_ids", {"cus-1", "cus-2"}),
        ({"organisations": ["cus-1"]}, "org_ids", set()),
        ({"organisations": {"id": "cus-1"}}, "organisations", set()),
        ({}, "organisations", set()),
    ],
)
def test_organisations_are_read_from_the_claim_that_the_settings_name(
    told: dict[str, Any], named: str, expected: set[str]
) -> None:
    """A list or one text; any other shape, and any other claim, belongs to nobody."""
    issuer = Issuer(issuer="https://idp.example", audience="door", organisations_claim=named)

    assert expected == caller_of(claims(**told), issuer).organisations
