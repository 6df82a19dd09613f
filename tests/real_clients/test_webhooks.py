"""What we send, before the verifier that the Standard Webhooks project gives to receivers."""

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.process.webhooks import RotateSecret
from kit.caller import calling
from kit.clock import ManualClock
from kit.store import Store
from tests.kit.egress.receiver import Heard, receiving
from tests.process_apis.webhooks.test_telling import url
from tests.process_apis.webhooks.world import ACME, posted, world

pytestmark = [pytest.mark.real_client]
SCRIPT = Path(__file__).parent / "scripts" / "webhooks_verifier.py"


def judged(python: Path, questions: list[tuple[str, Heard]]) -> list[Any]:
    """What the library says of each message to who knows this secret."""
    lines = [
        json.dumps({"secret": secret, "body": heard.body.decode(), "headers": heard.headers})
        for secret, heard in questions
    ]
    ran = subprocess.run(
        [python, "-I", SCRIPT], input="\n".join(lines), check=True, capture_output=True, text=True, timeout=60
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.req(60, 293)
async def test_the_others_library_takes_what_we_send(client_python: Callable[[str], Path]) -> None:
    """By either secret of an overlap, by none that is not ours, not with another body, id or time."""
    store = await Store.in_memory()
    here = world(store, clock=ManualClock(dt.datetime.now(dt.UTC)))  # the library looks at the clock on the wall
    async with receiving() as receiver:
        made = await here.endpoint(url(receiver))
        with calling(ACME):
            shown = await here.service.rotate_secret(
                endpoint_id=made.endpoint.endpoint_id, body=RotateSecret(), idempotency_key="r"
            )
        await here.happened(posted(1))
        await here.deliver()
        await here.delivering.sender.close()
        await store.close()

    (heard,) = receiver.heard
    old, new = made.secret.secret, shown.secret
    other_body = Heard(heard.line, heard.headers, heard.body.replace(b"inv-1", b"inv-2"))
    other_id = Heard(heard.line, {**heard.headers, "webhook-id": "msg_other"}, heard.body)
    late = Heard(heard.line, {**heard.headers, "webhook-timestamp": "1700000000"}, heard.body)
    stranger = "whsec_" + "A" * 43 + "="
    asked = [(old, heard), (new, heard), (stranger, heard), (new, other_body), (new, other_id), (new, late)]
    said = judged(client_python("webhooks"), asked)

    assert [{"told": json.loads(heard.body)}] * 2 == said[:2]
    assert ["refused"] * 4 == [key for each in said[2:] for key in each]
