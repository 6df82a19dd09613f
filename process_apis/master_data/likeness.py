"""Which records may be one: what they have in common, weighed; pure.

Names are compared without legal forms, punctuation, case and diacritics; an address at a public mail provider says
nothing about whose it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from contracts.canonical.master import Reason

TAX_ID: Final = "tax_id"
DOMAIN: Final = "domain"
NAME: Final = "name"
COUNTRY: Final = "country"
WEIGHTS: Final[Mapping[str, float]] = {TAX_ID: 0.9, NAME: 0.6, DOMAIN: 0.4}
THRESHOLD: Final = 0.6
"""From here on a person is asked: a tax id or a name alone is enough, a domain is not (groups share one)."""
_APART: Final = 0.5
"""What is left of a likeness in name when countries and tax ids both differ: sister companies."""

_FORMS: Final = frozenset(
    re.findall(
        r"\S+",
        "ab ag aps as asa bv bvba co company corp corporation cv doo eg eirl ek ev gbr gesmbh gmbh inc incorporated kft"
        " kg kgaa kk lda limited llc llp lp ltd ltda mbh nv ohg oo oy oyj plc pte pty sa sab sagl sapi sarl sas sasu"
        " scop se sgps sl slu snc soc sp spa spzoo srl srls sro ug und z zoo",
    )
)
_PUBLIC_MAIL: Final = frozenset(
    re.findall(
        r"\S+",
        "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com gmx.de gmx.net web.de"
        " t-online.de orange.fr free.fr laposte.net proton.me protonmail.com aol.com",
    )
)
_UNFOLDED: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
_UMLAUTS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))


def folded_name(name: str) -> str:
    """A name as it is compared; empty when nothing of it is left."""
    text = unicodedata.normalize("NFKD", name.casefold().translate(_UNFOLDED))
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = re.sub(r"[.'`\u2019/]", "", text)  # S.A.S. and A/S are one word
    words = re.findall(r"\w+", text.replace("_", " "))
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    while len(words) > 1 and words[0] in _FORMS:
        words.pop(0)
    return " ".join(_plain(word) for word in words)


def folded_tax_id(number: str) -> str:
    """A registration number as it is compared: letters and digits."""
    return re.sub(r"[^0-9A-Z]", "", number.upper())


def domain_of(email: str) -> str:
    """The domain of an address or a web site; empty when it is a public provider's or none."""
    text = email.strip().casefold()
    text = re.sub(r"^[a-z]+://", "", text).rpartition("@")[2]
    domain = re.split(r"[/:?#]", text)[0].removeprefix("www.").rstrip(".")
    return domain if "." in domain and domain not in _PUBLIC_MAIL else ""


def traits(fields: Mapping[str, Any]) -> dict[str, str]:
    """What a customer is recognised by."""
    found = {
        TAX_ID: folded_tax_id(fields.get("tax.tax_registration") or ""),
        DOMAIN: domain_of(fields.get("email") or ""),
        NAME: folded_name(fields.get("name") or ""),
        COUNTRY: fields.get("address.country") or "",
    }
    return {kind: value for kind, value in found.items() if value}


def likeness(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[float, list[Reason]]:
    """How likely two sets of traits are one customer (0 to 1), and why; the same whichever comes first."""
    apart = _differ(one, other, TAX_ID) and _differ(one, other, COUNTRY)
    reasons = [
        Reason(kind=kind, value=one[kind], weight=weight * _APART if apart else weight)
        for kind, weight in WEIGHTS.items()
        if kind in one and one[kind] == other.get(kind)
    ]
    unlike = 1.0
    for reason in reasons:
        unlike *= 1 - reason.weight
    return round(1 - unlike, 4), reasons


def _differ(one: Mapping[str, str], other: Mapping[str, str], kind: str) -> bool:
    return kind in one and kind in other and one[kind] != other[kind]


def _plain(word: str) -> str:
    for pair, single in _UMLAUTS:
        word = word.replace(pair, single)
    return word
