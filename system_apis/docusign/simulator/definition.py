"""Read what a sender wants: documents, signers, fields, expiry; refuses as the vendor refuses."""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable
from typing import Any, Final

from .errors import Refusal, unreadable
from .state import Document, Envelope, Signer

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EXTENSIONS: Final = frozenset({"pdf", "docx", "doc", "html", "txt", "rtf", "xlsx", "pptx", "png", "jpg"})
_MOST_SUBJECT: Final = 100
_MOST_FIELD: Final = 100
_DAYS: Final = range(1, 1000)


def read(body: dict[str, Any], *, now: dt.datetime, new_id: Callable[[], str]) -> Envelope:
    """A draft of what was described; raises the vendor's 400."""
    documents = [_document(each) for each in _list(body.get("documents"))]
    signers = [_signer(each, new_id) for each in _list((body.get("recipients") or {}).get("signers"))]
    _refuse_doubles(signers)
    _anchors(_list((body.get("recipients") or {}).get("signers")), documents)
    subject = str(body.get("emailSubject") or "")
    if len(subject) > _MOST_SUBJECT:
        raise unreadable("emailSubject is longer than 100 characters.")
    envelope = Envelope(
        id=new_id(),
        subject=subject,
        blurb=str(body.get("emailBlurb") or ""),
        documents=documents,
        signers=signers,
        fields=[_field(each, new_id) for each in _list((body.get("customFields") or {}).get("textCustomFields"))],
        created=now,
        changed=now,
        modified=now,
        transaction_id=str(body.get("transactionId") or ""),
    )
    _expiry(envelope, body.get("notification") or {})
    return envelope


def _document(given: dict[str, Any]) -> Document:
    extension = str(given.get("fileExtension") or "pdf").lower()
    try:
        content = base64.b64decode(str(given.get("documentBase64") or ""), validate=True)
    except binascii.Error:
        raise unreadable("documentBase64 is not base64.") from None
    if not content or extension not in _EXTENSIONS or (extension == "pdf" and not content.startswith(b"%PDF-")):
        message = "System was unable to convert this document to a PDF."
        raise Refusal(400, "UNABLE_TO_CONVERT_DOCUMENT", f"{message} DocumentId: {given.get('documentId')}")
    return Document(_text(given, "documentId"), str(given.get("name") or ""), extension, content)


def _signer(given: dict[str, Any], new_id: Callable[[], str]) -> Signer:
    email = str(given.get("email") or "")
    if _EMAIL.fullmatch(email) is None:
        message = (
            f"The email address for the recipient is invalid. The recipient Id follows. {given.get('recipientId')}"
        )
        raise Refusal(400, "INVALID_EMAIL_ADDRESS_FOR_RECIPIENT", message)
    order = str(given.get("routingOrder") or "1")
    if not order.isdecimal() or not given.get("name"):
        raise unreadable("A signer lacks a name or has a routingOrder that is no number.")
    return Signer(_text(given, "recipientId"), new_id(), str(given["name"]), email, int(order))


def _field(given: dict[str, Any], new_id: Callable[[], str]) -> dict[str, str]:
    value = str(given.get("value") or "")
    if len(value) > _MOST_FIELD:
        raise unreadable("The value of a custom field is longer than 100 characters.")
    told = {"fieldId": str(int(new_id()[:8], 16)), "name": _text(given, "name"), "value": value}
    return told | {"show": str(given.get("show") or "false"), "required": str(given.get("required") or "false")}


def _expiry(envelope: Envelope, notification: dict[str, Any]) -> None:
    given = notification.get("expirations") or {}
    if given and str(notification.get("useAccountDefaults", "false")) != "true":
        days = str(given.get("expireAfter") or "")
        if not days.isdecimal() or int(days) not in _DAYS:
            raise unreadable("expireAfter is not a number from 1 to 999.")
        envelope.expires = str(given.get("expireEnabled")) == "true"
        envelope.expire_days = int(days)


def _anchors(signers: list[dict[str, Any]], documents: list[Document]) -> None:
    """A tab hangs on a text of a document. In a compressed one this simulator cannot look, and lets it pass."""
    readable = [one.content for one in documents if b"/FlateDecode" not in one.content]
    if len(readable) < len(documents):
        return
    for signer in signers:
        for tab in _list((signer.get("tabs") or {}).get("signHereTabs")):
            text = str(tab.get("anchorString") or "")
            if text and not any(text.encode() in content for content in readable):
                message = f"Could not find the specified anchor tab string in the document. Anchor: {text}"
                raise Refusal(400, "ANCHOR_TAB_STRING_NOT_FOUND", message)


def _refuse_doubles(signers: list[Signer]) -> None:
    if len(signers) != len({each.id for each in signers}):
        raise Refusal(400, "INVALID_RECIPIENT_ID", "A recipientId was used more than once.")
    if len(signers) != len({(each.name, each.email.lower(), each.order) for each in signers}):
        message = "The envelope contains recipients that have the same name, email and signing order."
        raise Refusal(400, "ENVELOPE_HAS_DUPLICATE_RECIPIENTS", message)


def _list(given: Any) -> list[dict[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise unreadable("A list was expected.")
    return given


def _text(given: dict[str, Any], name: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found:
        raise unreadable(f"{name} is missing, or is no string.")
    return found
