from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from contracts.problem import Kind, Problem
from kit.audit.chain import append
from kit.audit.entry import Item, redaction_statement
from kit.audit.entry import Kind as Entered
from kit.audit.redaction import Person, Redaction
from kit.audit.verify import Broken, verify
from kit.store.audit_chain import AUDIT_ENTRY, AUDIT_TEXT
from kit.trust import new_key_pair
from tests.kit.audit.conftest import NOON, TENANT, Book, keys_of

pytestmark = pytest.mark.req(290, 292)

PEOPLE = {name: Person(name=name, keys=keys_of(new_key_pair()[0])) for name in ("olivia", "Olivia", "marcus")}
OLIVIA_AGAIN = Person(name="olive", keys=PEOPLE["olivia"].keys)


async def ask(book: Book, seq: int, *names: str, reason: str = "erasure request 12", by: str = "olivia") -> int:
    redaction = Redaction(TENANT, book.keys, book.salt)
    return await book.act(
        lambda at: redaction.ask(at, seq=seq, names=frozenset(names), reason=reason, by=PEOPLE[by], now=book.now)
    )


async def confirm(book: Book, asked: int, *, by: Person = PEOPLE["marcus"]) -> int:
    redaction = Redaction(TENANT, book.keys, book.salt)
    return await book.act(lambda at: redaction.confirm(at, asked=asked, by=by, now=book.now))


async def test_a_text_goes_and_the_chain_stands(book: Book) -> None:
    """Text and salt are gone, the entry, its hash and every witnessed checkpoint are as before."""
    before = await book.export()
    done = await confirm(book, await ask(book, 3, "detail"))
    after = await book.export()
    proof = verify(after, witness=book.witness, trusted=[book.keys.signer])

    assert (12, 12, 1) == (done, proof.entries, proof.redacted)
    assert b"line 3" in b"".join(before)
    assert b"line 3" not in b"".join(after)
    was, now = (msgspec.json.decode(lines[3]) for lines in (before, after))
    assert (was["hash"], was["body"]) == (now["hash"], now["body"])
    assert ["actor"] == list(now["texts"])
    assert done == await confirm(book, 11)


async def test_two_people_redact(book: Book) -> None:
    """Who asks does not confirm, however the name is spelt, and under no other name; nothing goes before."""
    asked = await ask(book, 3)
    for same in (PEOPLE["olivia"], PEOPLE["Olivia"], OLIVIA_AGAIN):
        with pytest.raises(Problem) as refused:
            await confirm(book, asked, by=same)
        assert (Kind.FORBIDDEN, "audit_same_person") == (refused.value.kind, refused.value.code)
    assert b"line 3" in b"".join(await book.export())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"seq": 99}, "audit_entry_unknown"),
        ({"seq": 3, "reason": " "}, "audit_reason_missing"),
        ({"seq": 11}, "audit_entry_protected"),
    ],
)
async def test_what_cannot_be_redacted_is_refused(book: Book, given: dict[str, Any], code: str) -> None:
    """No such entry, no reason, or the record of a redaction itself."""
    await ask(book, 3)
    with pytest.raises(Problem) as refused:
        await ask(book, **given)

    assert code == refused.value.code


async def test_a_text_goes_once(book: Book) -> None:
    """Two requests for one text: the second to be confirmed is told; one for a name that is not there is refused."""
    first, second = await ask(book, 3, "detail"), await ask(book, 3, "detail")
    await confirm(book, first)

    with pytest.raises(Problem, match="taken away meanwhile"):
        await confirm(book, second)
    with pytest.raises(Problem, match="does not hold"):
        await ask(book, 3, "detail")
    with pytest.raises(Problem, match="does not ask"):
        await confirm(book, 4)


async def test_a_text_that_merely_went_missing_is_seen(book: Book) -> None:
    """Deleting a text beside the way of two people breaks the export at its entry."""
    await book.act(lambda at: at.execute(sa.delete(AUDIT_TEXT).where(AUDIT_TEXT.c.seq == 3)))

    with pytest.raises(Broken) as broken:
        verify(await book.export())
    assert ("text_missing", "entry 3") == (broken.value.code, broken.value.where)


async def test_a_redaction_that_took_nothing_is_seen(book: Book) -> None:
    """An export that still shows what its chain says was taken away is not what was written."""
    before = await book.export()
    await confirm(book, await ask(book, 3, "detail"))
    after = await book.export()

    with pytest.raises(Broken, match="redaction_undone"):
        verify([*after[:3], before[3], *after[4:]])


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"asked": "3"}, "redaction_alone"), ({"signature": "AAAA"}, "redaction_unsigned"), ({}, "redaction_undone")],
)
async def test_a_redaction_that_two_people_did_not_sign_is_seen(book: Book, facts: dict[str, str], code: str) -> None:
    """Whoever writes its entry by hand lacks a second person's signature, or any, or took nothing away."""
    asked, marcus = await ask(book, 3, "detail"), PEOPLE["marcus"].keys
    said = {"target": "3:detail", "asked": str(asked), "signer": marcus.signer} | facts
    statement = redaction_statement("redacted", TENANT, said)
    made = {"signature": marcus.sign(statement, by=marcus.signer)} | said
    forged = Item(kind=Entered.REDACTED, subject="s", ref="r", at=NOON, what="redacted", facts=made)
    await book.act(lambda at: append(at, [forged], tenant=TENANT, now=book.now))

    with pytest.raises(Broken) as broken:
        verify(await book.export())
    assert (code, True) == (broken.value.code, "entry 12" in broken.value.where)


async def test_the_database_refuses_to_change_entries(book: Book) -> None:
    """An entry is neither changed nor deleted by any statement of ours."""
    for statement in (sa.update(AUDIT_ENTRY).values(hash="0"), sa.delete(AUDIT_ENTRY)):
        with pytest.raises(sa.exc.IntegrityError, match="append-only"):
            await book.act(partial(sa.Connection.execute, statement=statement))
