"""The vendor's words as the vendor spells them: every scalar a string; what we do not know passes."""

from __future__ import annotations

from msgspec import Struct, field


class Granted(Struct, frozen=True):
    """A token answer; the life is in seconds."""

    access_token: str
    expires_in: float


class LoginRefused(Struct, frozen=True):
    """A refusal of the token endpoint."""

    error: str


class VendorError(Struct, frozen=True, kw_only=True):
    """The error object."""

    code: str = field(name="errorCode", default="")
    message: str = ""


class Account(Struct, frozen=True, kw_only=True):
    """An account of a user, and the site on which it lives."""

    account_id: str
    base_uri: str
    is_default: bool | str = False


class UserInfo(Struct, frozen=True, kw_only=True):
    """Who the token is for."""

    accounts: list[Account]


class TextField(Struct, frozen=True, kw_only=True):
    """A custom field of an envelope."""

    name: str = ""
    value: str = ""


class CustomFields(Struct, frozen=True, kw_only=True, rename="camel"):
    """The custom fields of an envelope."""

    text_custom_fields: list[TextField] | None = None


class Signer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A recipient who signs."""

    name: str = ""
    email: str = ""
    recipient_id: str = ""
    routing_order: str = "1"
    status: str = "created"
    signed_date_time: str | None = None
    declined_date_time: str | None = None
    declined_reason: str | None = None


class Recipients(Struct, frozen=True, kw_only=True):
    """The recipients of an envelope; we ask for signers only."""

    signers: list[Signer] | None = None


class Envelope(Struct, frozen=True, kw_only=True, rename="camel"):
    """An envelope as a list and a webhook tell it."""

    envelope_id: str
    status: str
    email_subject: str = ""
    created_date_time: str | None = None
    sent_date_time: str | None = None
    completed_date_time: str | None = None
    voided_reason: str | None = None
    status_changed_date_time: str | None = None
    expire_date_time: str | None = None
    custom_fields: CustomFields | None = None
    recipients: Recipients | None = None


class Transaction(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a transaction id of ours; without an envelope's id, nothing did."""

    transaction_id: str = ""
    envelope_id: str = ""


class Page(Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of envelopes. Its numbers are strings; a page without envelopes has no list at all."""

    envelopes: list[Envelope] | None = None
    envelope_transaction_statuses: list[Transaction] | None = None
    end_position: str = ""
    total_set_size: str = ""
    next_uri: str = ""


class Created(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a create."""

    envelope_id: str
    status: str = ""


class NoticeData(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a webhook tells of."""

    account_id: str
    envelope_id: str
    recipient_id: str | None = None
    envelope_summary: Envelope | None = None


class Notice(Struct, frozen=True, kw_only=True, rename="camel"):
    """A webhook in the JSON format of Connect."""

    event: str
    generated_date_time: str
    data: NoticeData
    configuration_id: int | str = ""
