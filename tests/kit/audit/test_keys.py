from __future__ import annotations

import pytest

from kit.audit.checkpoint import Checkpoint
from kit.audit.keys import fingerprint, public_of_pem
from kit.audit.verify import Broken, verify
from kit.settings import SettingsError
from kit.trust import new_key_pair
from tests.kit.audit.conftest import Book, keys_of

pytestmark = pytest.mark.req(290, 293)


async def test_a_key_hands_over_to_the_next(book: Book) -> None:
    """With the old key behind the new one a checkpoint hands over; who knows the old key alone trusts the export."""
    old, (pem, public) = book.keys.signer, new_key_pair()
    book.keys = keys_of(pem, book.pem)
    await book.add(11, 12)
    lines = await book.export()

    proof = verify(lines, trusted=[old], witness=book.witness)

    assert [old, public_of_pem(public.encode())] == proof.signers
    assert 12 == proof.entries


async def test_the_old_key_signs_nothing_after_it_handed_over(book: Book) -> None:
    """A stolen key of yesterday is worth nothing today."""
    old, (pem, _) = book.keys, new_key_pair()
    book.keys = keys_of(pem, book.pem)
    await book.sign()
    await book.add(11, 12)
    lines = await book.export()
    forged = next(index for index, line in enumerate(lines) if b'"number":3' in line)
    body = (await book.checkpoints())[2].body | {"key": old.signer, "next": old.signer}
    stolen = Checkpoint(body=body, signature=old.sign(body, by=old.signer))

    with pytest.raises(Broken, match="key_unknown"):
        verify([*lines[:forged], stolen.line, *lines[forged + 1 :]], trusted=[old.signer])


async def test_a_new_key_alone_signs_nothing(book: Book) -> None:
    """Nobody hands over by replacing the setting."""
    book.keys = keys_of(new_key_pair()[0])

    with pytest.raises(SettingsError, match="has to stand behind"):
        await book.sign()


async def test_a_lost_key_is_followed_by_one_that_auditors_are_told(book: Book) -> None:
    """Without its handing over the export stands only for who was told the new key."""
    old, pem = book.keys.signer, new_key_pair()[0]
    book.keys = keys_of(pem, lost=old)
    await book.add(11, 11)
    lines = await book.export()

    with pytest.raises(Broken, match="key_unknown"):
        verify(lines, trusted=[old])
    assert [old, book.keys.signer] == verify(lines, trusted=[old, book.keys.signer]).signers


def test_a_fingerprint_is_what_others_print() -> None:
    """Thirty-two zero bytes have the SHA-256 that every tool gives for them."""
    assert "SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU" == fingerprint("A" * 43 + "=")


@pytest.mark.parametrize("given", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_settings_without_a_key_are_refused(given: str) -> None:
    """Neither nothing nor nonsense."""
    with pytest.raises(SettingsError, match=r"audit\.private_keys"):
        keys_of(given)
