"""Reads a document with its lines and shares by its code with the vendor's own client Avalara."""

from avalara import AvataxClient
from repeated import asked, repeated

given = asked()
config = given["config"]
client = AvataxClient("psa", "1.0", "host", given["url"])
client.add_credentials(config["account_id"], config["license_key"])
company = config["companies"]["SG-DE"]


def document() -> int:
    """The document; one line."""
    answer = client.get_transaction_by_code(company, given["key"], {"$include": "Lines,Details"})
    return len(answer.json()["lines"])


repeated(document, rows=1, seconds=given["seconds"])
