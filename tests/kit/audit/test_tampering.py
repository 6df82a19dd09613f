from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from kit.audit.canonical import NOTHING, canonical, digest
from kit.audit.verify import Broken, Proof, verify
from kit.store.audit_chain import AUDIT_CHECKPOINT, AUDIT_ENTRY, AUDIT_HEAD, AUDIT_TEXT
from kit.trust import new_key_pair
from tests.kit.audit.conftest import TENANT, Book, keys_of

pytestmark = pytest.mark.req(290, 303)


def refused(lines: list[bytes], **given: Any) -> tuple[str, str]:
    """What is wrong, and the first entry or checkpoint at which it is."""
    with pytest.raises(Broken) as broken:
        verify(lines, **given)
    return broken.value.code, broken.value.where


def changed(line: bytes, change: Any) -> bytes:
    document = msgspec.json.decode(line)
    change(document)
    return canonical(document) + b"\n"


def entry_at(lines: list[bytes], seq: int) -> int:
    return next(
        index
        for index, line in enumerate(lines)
        if (read := msgspec.json.decode(line))["type"] == "entry" and read["body"]["seq"] == seq
    )


def rehashed(lines: list[bytes], *, first: int) -> list[bytes]:
    """The chain forged on from a line, as somebody would who lacks the signing key and nothing else."""
    forged = list(lines)
    before, seq = NOTHING, 0
    for index, line in enumerate(forged):
        document = msgspec.json.decode(line)
        if document["type"] != "entry":
            continue
        seq += 1
        if index >= first:
            document["body"].update(previous=before, seq=seq)
            document["hash"] = digest(document["body"])
            forged[index] = canonical(document) + b"\n"
        before = document["hash"]
    return forged


async def test_an_export_proves_itself(book: Book) -> None:
    """Ten entries and two checkpoints, by one key; the witness saw both; known by the key or without it."""
    lines = await book.export()
    proof = verify(lines, witness=book.witness, trusted=[book.keys.signer])

    assert (TENANT, 10, 2, 2, 0) == (
        proof.tenant,
        proof.entries,
        len(proof.checkpoints),
        proof.witnessed,
        proof.redacted,
    )
    assert [book.keys.signer] == proof.signers
    assert proof.root == verify(lines).root


async def test_an_edit_is_seen(book: Book) -> None:
    """What happened, a text, or its hash with it: each names the entry, or the first checkpoint over it."""
    lines = await book.export()
    at = entry_at(lines, 4)

    def edit(document: dict[str, Any]) -> None:
        document["body"]["what"] = "approved"

    def reword(document: dict[str, Any]) -> None:
        document["texts"]["detail"][1] = "nothing was said"

    plain = [*lines[:at], changed(lines[at], edit), *lines[at + 1 :]]
    assert ("edited", f"entry 4 (line {at + 1})") == refused(plain)
    assert ("text_edited", f"entry 4 (line {at + 1})") == refused(
        [*lines[:at], changed(lines[at], reword), *lines[at + 1 :]]
    )
    code, where = refused(rehashed(plain, first=at))
    assert ("checkpoint_differs", True) == (code, "checkpoint 1" in where)


async def test_a_deletion_is_seen(book: Book) -> None:
    """An entry that is taken out, with or without closing the gap."""
    lines = await book.export()
    at = entry_at(lines, 4)
    shorter = [*lines[:at], *lines[at + 1 :]]

    assert ("out_of_order", f"entry 4 (line {at + 1})") == refused(shorter)
    assert "checkpoint_differs" == refused(rehashed(shorter, first=at))[0]


async def test_another_order_is_seen(book: Book) -> None:
    """Two entries that changed places, with or without new numbers; two checkpoints likewise."""
    lines = await book.export()
    at = entry_at(lines, 4)
    swapped = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]

    assert ("out_of_order", f"entry 4 (line {at + 1})") == refused(swapped)
    assert "checkpoint_differs" == refused(rehashed(swapped, first=at))[0]
    marks = [index for index, line in enumerate(lines) if b'"type":"checkpoint"' in line[-40:]]
    exchanged = list(lines)
    exchanged[marks[0]], exchanged[marks[1]] = lines[marks[1]], lines[marks[0]]
    assert "checkpoint_out_of_order" == refused(exchanged)[0]


async def test_an_insertion_is_seen(book: Book) -> None:
    """An entry said twice, one put between, and one put at the very end, after the last signature."""
    lines = await book.export()
    at = entry_at(lines, 4)
    twice = [*lines[:at], lines[at], *lines[at:]]
    last = [*lines[:-1], lines[entry_at(lines, 10)], lines[-1]]

    assert ("out_of_order", f"entry 5 (line {at + 2})") == refused(twice)
    assert "checkpoint_differs" == refused(rehashed(twice, first=at))[0]
    assert "truncated" == refused(rehashed(last, first=len(last) - 2))[0]
    assert "after_the_end" == refused([*lines, lines[at]])[0]


async def test_truncation_is_seen(book: Book) -> None:
    """Cut anywhere, even at a checkpoint: the signed end is missing, or was signed over more."""
    lines = await book.export()
    first = next(index for index, line in enumerate(lines) if b'"number":1' in line)

    for cut in range(1, len(lines)):
        assert "truncated" == refused(lines[:cut])[0]
    assert "truncated" == refused([*lines[: first + 1], lines[-1]])[0]
    assert "unread" == refused([*lines[:4], lines[4][:-20]])[0]


async def _roll_back(book: Book, seq: int) -> None:
    """As somebody does who runs the database: triggers off, the newest rows gone, the head put back."""

    def gone(connection: sa.Connection) -> None:
        for name in ("audit_entry", "audit_checkpoint"):
            connection.exec_driver_sql(f"drop trigger {name}_no_delete")
        for table in (AUDIT_ENTRY, AUDIT_TEXT, AUDIT_CHECKPOINT):
            connection.execute(sa.delete(table).where(table.c.seq > seq))
        last = connection.execute(sa.select(AUDIT_ENTRY.c.hash).where(AUDIT_ENTRY.c.seq == seq)).scalar_one()
        connection.execute(sa.update(AUDIT_HEAD).values(seq=seq, hash=last))

    await book.act(gone)


async def test_a_rollback_is_seen_by_the_witness(book: Book) -> None:
    """A store put back to an older head exports well by itself, grown again too; the witness tells."""
    honest = await book.export()
    await _roll_back(book, 6)
    seen = list(book.witness)
    shortened = await book.export()

    assert 6 == verify(shortened).entries
    assert ("rolled_back", "entry 10 (checkpoint 2)") == refused(shortened, witness=seen)
    await book.add(17, 20)
    regrown = await book.export()
    assert 10 == verify(regrown).entries
    assert ("rewritten", "entry 10 (checkpoint 2)") == refused(regrown, witness=seen)
    assert 2 == verify(honest, witness=seen).witnessed


async def test_a_witness_may_have_seen_more_but_not_nothing(book: Book) -> None:
    """What was signed after the export is no fault of it; an empty witness, or one of others, proves nothing."""
    lines = await book.export()
    await book.add(11, 12)
    await book.sign()

    assert (3, 2) == (len(book.witness), verify(lines, witness=book.witness).witnessed)
    assert "witness_silent" == refused(lines, witness=[])[0]


async def test_a_forged_checkpoint_is_seen(book: Book) -> None:
    """Another's signature, another's key, a signature under another body: none passes."""
    lines = await book.export()
    at = next(index for index, line in enumerate(lines) if b'"number":1' in line)
    other = keys_of(new_key_pair()[0])

    def resigned(document: dict[str, Any], *, key: str) -> None:
        document["body"].update(key=key, next=key)
        document["signature"] = other.sign(document["body"], by=other.signer)

    def forged(key: str) -> list[bytes]:
        return [*lines[:at], changed(lines[at], lambda document: resigned(document, key=key)), *lines[at + 1 :]]

    assert ("forged", f"checkpoint 1 (line {at + 1})") == refused(forged(book.keys.signer))
    assert ("key_unknown", f"checkpoint 1 (line {at + 1})") == refused(forged(other.signer), trusted=[book.keys.signer])
    assert "checkpoint_out_of_order" == refused(forged(other.signer))[0]
    assert ("key_unknown", f"checkpoint 1 (line {at + 1})") == refused(lines, trusted=[other.signer])


@pytest.mark.parametrize("spoil", ["seq", "previous", "kind", "facts", "texts", "tenant"])
async def test_a_member_that_is_missing_is_a_fault_and_no_crash(book: Book, spoil: str) -> None:
    """Whoever forges an entry whole still gets an answer that names the line."""
    lines = await book.export()
    at = entry_at(lines, 4)

    def drop(document: dict[str, Any]) -> None:
        document["body"].pop(spoil)
        document["hash"] = digest(document["body"])

    code, where = refused([*lines[:at], changed(lines[at], drop), *lines[at + 1 :]])

    assert code in {"unread", "checkpoint_differs", "unlinked"}
    assert where


async def test_another_spelling_of_a_line_is_refused(book: Book) -> None:
    """Blanks, another order, a member twice: one line means one thing to every reader."""
    lines = await book.export()
    at = entry_at(lines, 4)
    spaced = json.dumps(json.loads(lines[at])).encode() + b"\n"
    doubled = lines[at].replace(b'{"body"', b'{"body":{},"body"', 1)

    for spelt in (spaced, doubled, b"[]\n", b"{}\n", lines[at].rstrip()):
        assert ("unread", f"line {at + 1}") == refused([*lines[:at], spelt, *lines[at + 1 :]])


def test_nothing_is_no_export() -> None:
    """An empty file proves nothing."""
    assert "truncated" == refused([])[0]
    assert 0 == Proof().entries
