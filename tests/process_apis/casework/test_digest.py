"""Mails in the morning, handed to a server that speaks SMTP on a real socket."""

import asyncio
import datetime as dt
import email
import email.policy
import socket
import ssl
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from msgspec.structs import replace

from contracts.canonical.casework import CaseState
from contracts.problem import Kind, Problem
from kit import settings
from kit.clock import ManualClock
from kit.durable import Cron, Road
from kit.durable.memory import MemoryDurable
from process_apis.casework.channel import Mail, MailChannel, Note
from process_apis.casework.config import Config
from process_apis.casework.digest import DigestSteps, Reader, StartDigest, digest_road, told
from tests.process_apis.casework.governed import GOVERNING, Begin, Steps, governed, queue

PAGES = "https://sluice.example/approvals"


@dataclass
class Post:
    """A mail server: takes mail, defers or refuses it by the name before the @, and cuts what it is told to cut."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    cuts: int = 0
    context: ssl.SSLContext | None = None
    secured: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post ESMTP\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.upper()
            if word.startswith("DATA"):
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.taken.append(email.message_from_bytes(body[:-3], policy=email.policy.default))
                if self.cuts:
                    self.cuts -= 1
                    break
                writer.write(b"250 taken\r\n")
            elif word.startswith("EHLO") and self.context:
                writer.write(b"250-post\r\n250 STARTTLS\r\n")
            elif word.startswith("STARTTLS") and self.context:
                writer.write(b"220 go on\r\n")
                await writer.start_tls(self.context)
                self.secured += 1
            elif word.startswith("RCPT TO:<GONE"):
                writer.write(b"550 no such mailbox\r\n")
            elif word.startswith("RCPT TO:<FULL"):
                writer.write(b"452 mailbox full\r\n")
            elif word.startswith("QUIT"):
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def post() -> AsyncIterator[Post]:
    office = Post()
    server = await asyncio.start_server(office.serve, "localhost", 0, family=socket.AF_INET)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office


def channel(office: Post) -> MailChannel:
    return MailChannel(
        Mail(host="127.0.0.1", port=office.port, sender="sluice@firm.example", starttls=False, timeout_s=5)
    )


@pytest.mark.req(211, 271)
async def test_whoever_has_to_decide_gets_one_mail_and_nobody_else_any() -> None:
    """The mail counts what waits, links to each, and tells no amount; a dead mailbox holds nobody else's mail."""
    clock = ManualClock()
    async with post() as office:
        waits = Road(process="governed_road", version=1, run=governed, steps=Steps(), starts=Begin)
        opened: list[MemoryDurable] = []
        steps = DigestSteps(durable=lambda: opened[0], channel=channel(office), clock=clock, pages=PAGES)
        road = digest_road(steps, version=1)
        async with MemoryDurable.opened([waits, road], clock=clock, governance=GOVERNING) as durable:
            opened.append(durable)
            for key in ("d1", "d2"):
                begun = await durable.start(
                    waits, business_key=key, start=Begin(object="deal", attribute="cross_border_tax")
                )
                await durable.settled(begun.case_id)
            readers = [
                Reader(to="gone@firm.example", roles=["tax"]),
                Reader(to="tara@firm.example", roles=["tax"]),
                Reader(to="lena@firm.example", roles=["legal"]),
            ]
            morning = [
                await durable.start(road, business_key="monday", start=StartDigest(readers=readers)) for _ in range(2)
            ]
            await durable.settled(morning[0].case_id)
            case = await durable.casebook.case(morning[0].case_id)

    assert CaseState.COMPLETED is case.summary.state
    assert {"gone@firm.example": "refused", "tara@firm.example": "sent", "lena@firm.example": "nothing waits"} == {
        name: came for name, came in case.facts.items() if "@" in name
    }
    (mail,) = office.taken
    text = mail.get_content()
    assert ("2 to decide", "tara@firm.example") == (mail["Subject"], mail["To"])
    assert 2 == text.count(f"  {PAGES}/approvals/")
    assert "1000" not in text


@pytest.mark.req(211)
async def test_a_mail_whose_answer_was_lost_is_sent_again_as_the_same() -> None:
    """The server cuts the line after it has taken the mail: it is unavailable, and the second bears the same id."""
    note = Note(key="k", to="tara@firm.example", subject="Zwei \u00e4ltere", text="Gr\u00fc\u00dfe\n")
    async with post() as office:
        office.cuts = 1
        with pytest.raises(Problem) as cut:
            await channel(office).send(note)
        await channel(office).send(note)
        refusals = []
        for name in ("gone", "full"):
            with pytest.raises(Problem) as refused:
                await channel(office).send(Note(key="k", to=f"{name}@firm.example", subject="x", text="y"))
            refusals.append(refused.value.kind)

    assert Kind.UNAVAILABLE is cut.value.kind
    first, second = office.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert ("Zwei \u00e4ltere", "Gr\u00fc\u00dfe\n") == (second["Subject"], second.get_content().replace("\r\n", "\n"))
    assert [Kind.INVALID, Kind.UNAVAILABLE] == refusals


async def test_a_mail_travels_under_a_certificate_that_is_known(tmp_path: Path) -> None:
    """Under the firm's own CA it is sent; under an unknown one it is not, and nothing travels in the clear."""
    authority, own = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(own)
    note = Note(key="k", to="tara@firm.example", subject="x", text="y")
    async with post() as office:
        office.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(office.context)
        mail = Mail(host="localhost", port=office.port, sender="sluice@firm.example", timeout_s=5, ca_file=str(own))
        await MailChannel(mail).send(note)
        with pytest.raises(Problem) as unknown:
            await MailChannel(replace(mail, ca_file="")).send(note)

    assert (1, 1, Kind.UNAVAILABLE) == (len(office.taken), office.secured, unknown.value.kind)
    with pytest.raises(ValueError, match="not this machine"):
        Mail(host="mail.firm.example", sender="sluice@firm.example", starttls=False)


async def test_what_is_late_stands_in_the_subject_and_a_long_list_is_cut() -> None:
    """Twenty are named, the rest are counted; a subject of several lines stays one line."""
    async with queue() as at:
        approval = await at.asked()
    subject, text = told([approval] * 23, now=approval.due_at, pages=PAGES, more=True)

    assert "23+ to decide, 23 overdue" == subject
    assert (20, True) == (text.count("OVERDUE since"), "And 3 more." in text)


def test_the_settings_of_the_runbook_are_taken() -> None:
    """What is documented begins at seven on the clock of Berlin, and keeps its password to itself."""
    text = (Path(__file__).parents[3] / "docs" / "runbooks" / "approvals.md").read_text(encoding="utf-8")
    stated = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])["process_apis"]["casework"]
    config = settings.decode(Config, stated, section="process_apis.casework")

    assert config.digests is not None
    friday = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
    local, moment = next(Cron(config.digests.words, config.digests.zone).after(friday))
    assert ("2026-11-30T07:00:00", "2026-11-30T06:00:00+00:00") == (local.isoformat(), moment.isoformat())
    assert ("from the vault", False) == (config.digests.mail.password.reveal(), "vault" in repr(config))
