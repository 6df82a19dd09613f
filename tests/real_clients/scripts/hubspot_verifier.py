"""Verifies webhooks with the vendor's own client, as they came and with parts forged, and prints JSON.

Argument: a JSON document with the secret and three deliveries: new, late, and old.
"""

import json
import sys
from typing import Any

from hubspot.exceptions import InvalidSignatureTimestampError
from hubspot.utils.signature import Signature


def first(delivery: dict[str, Any], secret: str) -> dict[str, Any]:
    """What the verifier asks for to judge the signature whose version stands beside it."""
    return {
        "signature": delivery["headers"]["x-hubspot-signature"],
        "signature_version": delivery["headers"]["x-hubspot-signature-version"],
        "client_secret": secret,
        "request_body": delivery["body"],
        "http_uri": delivery["uri"],
        "http_method": delivery["method"],
    }


def third(delivery: dict[str, Any], secret: str) -> dict[str, Any]:
    """What the verifier asks for to judge the signature that bears a moment."""
    headers = delivery["headers"]
    dated = {"signature": headers["x-hubspot-signature-v3"], "timestamp": headers["x-hubspot-request-timestamp"]}
    return {**first(delivery, secret), **dated, "signature_version": "v3"}


def judged(given: dict[str, Any], **forged: Any) -> bool | str:
    """The verdict, or the name of the error that the verifier raises instead of one."""
    try:
        return Signature.is_valid(**{**given, **forged})
    except InvalidSignatureTimestampError as refused:
        return type(refused).__name__


def main() -> None:
    """Judge everything and print the verdicts."""
    document = json.loads(sys.argv[1])
    secret = document.pop("secret")
    thirds = {name: third(delivery, secret) for name, delivery in document.items()}
    firsts = {name: first(delivery, secret) for name, delivery in document.items()}
    new, plain = thirds["new"], firsts["new"]
    told = {
        "third": {name: judged(given) for name, given in thirds.items()},
        "first": {name: judged(given) for name, given in firsts.items()},
        "versions": [given["signature_version"] for given in firsts.values()],
        "forged third": {
            "body": judged(new, request_body=new["request_body"] + " "),
            "secret": judged(new, client_secret="guessed"),
            "address": judged(new, http_uri=new["http_uri"] + "2"),
            "method": judged(new, http_method="PUT"),
            "moment": judged(new, timestamp=str(int(new["timestamp"]) - 1)),
            "renewed": judged(thirds["old"], timestamp=new["timestamp"]),
            "undated": judged(new, timestamp=None),
            "other version": judged(new, signature=plain["signature"]),
        },
        "forged first": {
            "body": judged(plain, request_body=plain["request_body"] + " "),
            "secret": judged(plain, client_secret="guessed"),
            "other version": judged(plain, signature_version="v2"),
        },
        "names": [json.loads(delivery["body"])[0]["propertyValue"] for delivery in document.values()],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
