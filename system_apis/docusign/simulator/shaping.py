"""An envelope as the vendor writes it: every scalar a string, moments with seven digits, what has no value left out."""

import datetime as dt
from collections.abc import Container
from typing import Any

from .state import Envelope, Signer


def shown_moment(at: dt.datetime) -> str:
    """A moment in UTC, to a hundred nanoseconds."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond:06}0Z"


def shown(envelope: Envelope, *, include: Container[str]) -> dict[str, Any]:
    """An envelope; recipients and custom fields only where they were asked for, their addresses always."""
    path = f"/envelopes/{envelope.id}"
    told: dict[str, Any] = {
        "envelopeId": envelope.id,
        "status": envelope.status,
        "emailSubject": envelope.subject,
        "emailBlurb": envelope.blurb,
        "envelopeUri": path,
        "documentsUri": f"{path}/documents",
        "documentsCombinedUri": f"{path}/documents/combined",
        "certificateUri": f"{path}/documents/summary",
        "recipientsUri": f"{path}/recipients",
        "customFieldsUri": f"{path}/custom_fields",
        "signingLocation": "online",
        "purgeState": "unpurged",
        "createdDateTime": shown_moment(envelope.created),
        "lastModifiedDateTime": shown_moment(envelope.modified),
        "statusChangedDateTime": shown_moment(envelope.changed),
        "expireEnabled": "true" if envelope.expires else "false",
        "expireAfter": str(envelope.expire_days),
    }
    told |= {name: shown_moment(at) for name, at in envelope.times.items() if name != "createdDateTime"}
    if envelope.ends is not None:
        told["expireDateTime"] = shown_moment(envelope.ends)
    if envelope.void_reason:
        told["voidedReason"] = envelope.void_reason
    if envelope.transaction_id:
        told["transactionId"] = envelope.transaction_id
    if "recipients" in include:
        told["recipients"] = recipients(envelope)
    if "custom_fields" in include:
        told["customFields"] = {"textCustomFields": envelope.fields, "listCustomFields": []}
    return told


def recipients(envelope: Envelope) -> dict[str, Any]:
    """Everybody who has to do with an envelope."""
    none: dict[str, Any] = {kind: [] for kind in ("agents", "editors", "carbonCopies", "certifiedDeliveries")}
    signers = [_signer(each) for each in envelope.signers]
    orders = [each.order for each in envelope.signers if each.status not in {"completed", "declined"}]
    current = str(min(orders, default=1))
    return {"signers": signers, **none, "recipientCount": str(len(signers)), "currentRoutingOrder": current}


def _signer(signer: Signer) -> dict[str, Any]:
    told: dict[str, Any] = {
        "recipientId": signer.id,
        "recipientIdGuid": signer.guid,
        "recipientType": "signer",
        "name": signer.name,
        "email": signer.email,
        "routingOrder": str(signer.order),
        "status": signer.status,
        "requireIdLookup": "false",
        "deliveryMethod": "email",
    }
    told |= {name: shown_moment(at) for name, at in signer.times.items()}
    if signer.reason:
        told["declinedReason"] = signer.reason
    return told
