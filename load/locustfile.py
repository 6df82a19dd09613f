"""People at a raised estate: operations look, the tax desk decides, sales wins deals. Refuses hosts but this machine.

Thresholds stand at the top; a run that misses one ends with exit 1. The map of the estate (`sluice up --json`) is
read from the file that SLUICE_MAP names.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from locust import FastHttpUser, constant_pacing, events, task

MOST_FAILED: Final = 0.0  # share of requests
FEWEST_WON: Final = 1  # deals carried to their end
SLOWEST_P95_MS: Final = 60_000  # from closed-won to completed

WON: Final = "deal: closed-won to completed"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SAVED: Final = re.compile(r"\$\{(\w+)\.(\w+)\}")
_SCRIPT: Final = Path(__file__).parents[1] / "system_apis/salesforce/fixtures"
_TOWER: Final = "/experience/control_tower"
_DESK: Final = "/experience/approvals"
_DEADLINE_S: Final = 60.0


def _read_map() -> dict[str, Any]:
    """The raised estate, every address of which must be this machine's."""
    named = os.environ.get("SLUICE_MAP", "")
    if not named:
        sys.exit("SLUICE_MAP names no file: write there what `sluice up --json` prints")
    found: dict[str, Any] = json.loads(Path(named).read_text(encoding="utf-8"))
    for name, url in {**found["addresses"], **found["vendors"]}.items():
        if urlsplit(url).hostname not in _LOOPBACK:
            sys.exit(f"{name} is at {url}: load is put on this machine only")
    return found


MAP: Final = _read_map()


class Visitor(FastHttpUser):
    """Somebody at the gateway with a development token."""

    abstract = True
    host = MAP["addresses"]["gateway"]
    person = ""

    def ask(self, path: str, *, name: str) -> Any:
        """Read; None when it failed, which locust has noted."""
        with self.rest("GET", path, name=name, headers=self.token()) as answer:
            return answer.js if answer.status_code == 200 else None

    def token(self) -> dict[str, str]:
        """Who is asking."""
        return {"Authorization": f"Bearer {MAP['people'][self.person]}"}

    def command(self, path: str, body: dict[str, Any], *, name: str, more: dict[str, str]) -> Any:
        """Post once, under a key of its own."""
        headers = self.token() | {"Idempotency-Key": uuid.uuid4().hex} | more
        return self.rest("POST", path, json=body, name=name, headers=headers)


class ControlTowerReader(Visitor):
    """Lists cases, opens one, reads its trail."""

    person = "olivia.ops"
    weight = 12
    wait_time = constant_pacing(2)  # the gateway lets one person ask 1200 times a minute; these are one person

    @task
    def look(self) -> None:
        """One look at the tower."""
        page = self.ask(f"{_TOWER}/cases?limit=20", name="tower: cases")
        if page and page["items"]:
            case_id = page["items"][0]["case_id"]
            self.ask(f"{_TOWER}/cases/{case_id}", name="tower: case")
            self.ask(f"{_TOWER}/cases/{case_id}/timeline", name="tower: timeline")


class Approver(Visitor):
    """The tax desk: answers what is asked, reads the card, decides. Several may be at one desk."""

    person = "tara.tax"
    weight = 4
    wait_time = constant_pacing(1)
    answers: Final = {"tax_code": "EU-RC"}

    @task
    def work(self) -> None:
        """One round: every open question, then every open decision."""
        for item in (self.ask(f"{_TOWER}/exceptions", name="tower: exceptions") or {"items": []})["items"]:
            values = {asked["name"]: self.answers[asked["name"]] for asked in item["form"]}
            path = f"{_TOWER}/exceptions/{item['exception_id']}/fix"
            with self.command(path, {"values": values}, name="tower: fix", more={}) as answer:
                _settled(answer)
        for waiting in (self.ask(f"{_DESK}/approvals", name="desk: queue") or {"items": []})["items"]:
            self._decide(f"{_DESK}/approvals/{waiting['approval_id']}")

    def _decide(self, path: str) -> None:
        card = self.ask(path, name="desk: card")
        if card is None or card["state"] != "open":
            return
        seen = {"If-Match": f'"{card["etag"]}"'}
        body = {"approve": True, "comment": "load"}
        with self.command(f"{path}/decision", body, name="desk: decide", more=seen) as answer:
            _settled(answer)


class DealCloser(Visitor):
    """Enters a won deal with a salesperson's tool at the CRM and waits until the tower shows it complete."""

    person = "felix.finance"
    weight = 4
    wait_time = constant_pacing(2)
    scripts: Final = ("domestic_deal.json", "won_deal.json")
    turn = 0

    @task
    def win(self) -> None:
        """One deal from its first entry to the end of its case; domestic and cross-border in turn."""
        self.turn += 1
        opportunity_id = self._enter(self.scripts[self.turn % len(self.scripts)])
        if opportunity_id is None:
            return
        began = time.perf_counter()
        fault = self._await(opportunity_id, deadline=began + _DEADLINE_S)
        if fault is not None and self._over:
            return  # the tax desk went home with everybody: what is on its way now says nothing
        self.environment.events.request.fire(
            request_type="CASE",
            name=WON,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=fault,
            context={},
        )

    @property
    def _over(self) -> bool:
        return self.environment.runner.state not in {"spawning", "running"}

    def _enter(self, script: str) -> str | None:
        saved: dict[str, dict[str, Any]] = {}
        mark = uuid.uuid4().hex[:8]
        for step in json.loads((_SCRIPT / script).read_text(encoding="utf-8")):
            body = dict(step["body"])
            if "Name" in body:
                body["Name"] = f"{body['Name']} {mark}"  # the PSA refuses two customers of one name
            text = _filled(json.dumps(body), saved)
            url = MAP["vendors"]["crm-emea"] + _filled(step["path"], saved)
            headers = MAP["persons"]["crm-emea"] | {"Content-Type": "application/json"}
            with self.client.request(
                step["method"], url, data=text, headers=headers, name="crm: a salesperson's entry", catch_response=True
            ) as answer:
                if not answer.ok:
                    answer.failure(f"{answer.status_code} {(answer.text or '')[:200]}")
                    return None
                if "save" in step:
                    saved[step["save"]] = answer.json()
        return str(saved["opportunity"]["id"])

    def _await(self, opportunity_id: str, *, deadline: float) -> Exception | None:
        found: dict[str, Any] = {}
        while time.perf_counter() < deadline and not self._over:
            page = self.ask(f"{_TOWER}/cases?process=quote_to_project&limit=50", name="tower: cases, awaited") or {}
            mine = (each for each in page.get("items", []) if each["business_key"] == opportunity_id)
            found = next(mine, found)
            if found.get("state") == "completed":
                return None
            if found.get("state") in {"failed", "unwound"}:
                break
            time.sleep(0.5)
        return RuntimeError(f"{opportunity_id} stood {found.get('state', 'nowhere')} at {found.get('step', 'no step')}")


def _settled(answer: Any) -> None:
    """Two people at one desk may reach for one paper: 409 says that it was settled, which is no failure."""
    if answer.status_code == 409:
        answer.success()
    elif not answer.ok:
        answer.failure(f"{answer.status_code} {(answer.text or '')[:200]}")


def _filled(text: str, saved: dict[str, dict[str, Any]]) -> str:
    return _SAVED.sub(lambda found: str(saved[found.group(1)][found.group(2)]), text)


@events.quitting.add_listener
def judge(environment: Any, **_: Any) -> None:
    """Hold the run against the thresholds."""
    stats = environment.stats
    won = stats.get(WON, "CASE")
    missed = {
        f"{stats.total.fail_ratio:.2%} of requests failed": stats.total.fail_ratio > MOST_FAILED,
        f"{won.num_requests - won.num_failures} deals were won": won.num_requests - won.num_failures < FEWEST_WON,
        f"p95 of a deal is {won.get_response_time_percentile(0.95)} ms": (
            won.get_response_time_percentile(0.95) > SLOWEST_P95_MS
        ),
    }
    for told in (told for told, is_missed in missed.items() if is_missed):
        print(f"threshold missed: {told}")
    environment.process_exit_code = 1 if any(missed.values()) else 0
