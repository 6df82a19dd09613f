"""What is handed out of an envelope: its documents as one PDF, and the certificate of who signed what and when."""

import hashlib

from .errors import Refusal
from .pdf import pdf
from .shaping import shown_moment
from .state import Envelope, Signer


def paper(envelope: Envelope, which: str, *, certificate: bool) -> bytes:
    """The bytes of a document; raises the vendor's 404.

    Real documents are joined there; here a page of each tells its name and hash, and then who has signed.
    """
    if which == "certificate":
        return pdf(_certificate(envelope))
    if which in {"combined", "archive"}:
        lines = [
            line
            for one in envelope.documents
            for line in (f"Document {one.name}.{one.extension}", _hash(one.content), "")
        ]
        return pdf(lines + _signatures(envelope) + (_certificate(envelope) if certificate else []))
    for one in envelope.documents:
        if one.id == which:
            return one.content
    raise Refusal(404, "DOCUMENT_DOES_NOT_EXIST", "The document specified was not found.")


def _certificate(envelope: Envelope) -> list[str]:
    lines = ["Certificate Of Completion", "", f"Envelope Id: {envelope.id}", f"Subject: {envelope.subject}"]
    lines += [f"Status: {envelope.status.capitalize()}", f"Document Pages: {len(envelope.documents)}", ""]
    for name, at in envelope.times.items():
        lines.append(f"{name.removesuffix('DateTime').capitalize()}: {shown_moment(at)}")
    return [*lines, "", *_signatures(envelope)]


def _signatures(envelope: Envelope) -> list[str]:
    return [line for signer in envelope.signers for line in _signature(signer)]


def _signature(signer: Signer) -> list[str]:
    at = signer.times.get("signedDateTime")
    signed = f"Signed: {shown_moment(at)}" if at else f"Status: {signer.status}"
    return [f"Signer {signer.name} <{signer.email}>", f"Signature Id: {signer.guid}", signed, ""]


def _hash(content: bytes) -> str:
    return f"SHA-256 {hashlib.sha256(content).hexdigest()}"
