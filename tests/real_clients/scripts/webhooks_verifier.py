"""Verifies messages with the library of the Standard Webhooks project; one JSON line a message, one line an answer."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    asked = json.loads(line)
    try:
        told = Webhook(asked["secret"]).verify(asked["body"], asked["headers"])
    except WebhookVerificationError as refused:
        said = {"refused": str(refused)}
    else:
        said = {"told": told}
    sys.stdout.write(f"{json.dumps(said)}\n")
