"""Ways to reach a person outside of our pages. A channel is handed what to say and whom to; it knows no approvals.

Mail by SMTP is the one there is. A mail is known by its Message-ID, which is made of the effect's key: one that is sent
again after an unknown outcome bears the same, so that a mailbox can tell; no server can be asked whether it has it.
"""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import ssl
from email.message import EmailMessage
from typing import Annotated, Final, Protocol

from msgspec import Meta, Struct

from contracts.problem import Kind, Problem
from kit.settings import Secret

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Note(Struct, frozen=True, kw_only=True):
    """What to say to one person; `key` makes saying it again the same."""

    key: str
    to: str
    subject: str
    text: str


class Channel(Protocol):
    """A way to a person."""

    async def send(self, note: Note) -> None:
        """Hand a note over.

        Raises:
            Problem: unavailable, to be tried again; invalid, when this person cannot be reached in this way.

        """
        ...


class Mail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server. `starttls` may be off only where it is on this machine; `ca_file` is for a CA of one's own."""

    host: str
    sender: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$")]
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    starttls: bool = True
    user: str = ""
    password: Secret = Secret()
    ca_file: str = ""
    timeout_s: Annotated[float, Meta(gt=0, le=120)] = 20.0

    def __post_init__(self) -> None:
        """Refuse to send passwords and names in the clear over a network."""
        if not self.starttls and self.host not in _HERE:
            raise ValueError(f"starttls is off, and {self.host} is not this machine")


class MailChannel:
    """Hands notes to a mail server, one connection a note."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def send(self, note: Note) -> None:
        """Hand a note over; see `Channel.send`."""
        try:
            await asyncio.to_thread(self._hand_over, self._message(note))
        except smtplib.SMTPRecipientsRefused as refused:
            code = max((code for code, _ in refused.recipients.values()), default=550)
            raise _problem(code) from None
        except smtplib.SMTPResponseException as refused:
            raise _problem(refused.smtp_code) from None
        except (OSError, smtplib.SMTPException) as failed:
            detail = f"the mail server could not be reached: {type(failed).__name__}"
            raise Problem(Kind.UNAVAILABLE, "mail_unavailable", detail) from None

    def _message(self, note: Note) -> EmailMessage:
        message = EmailMessage()
        mark = hashlib.sha256(note.key.encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{mark}@{self._mail.sender.rpartition('@')[2]}>"
        message["From"], message["To"], message["Subject"] = self._mail.sender, note.to, note.subject
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(note.text)
        return message

    def _hand_over(self, message: EmailMessage) -> None:
        mail = self._mail
        with smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout_s) as server:
            if mail.starttls:
                server.starttls(context=ssl.create_default_context(cafile=mail.ca_file or None))
            if mail.user:
                server.login(mail.user, mail.password.reveal())
            server.send_message(message)


def _problem(code: int) -> Problem:
    if code >= 500:
        return Problem(Kind.INVALID, "mail_refused", f"the mail server refused with {code}")
    return Problem(Kind.UNAVAILABLE, "mail_deferred", f"the mail server said {code}: later")
