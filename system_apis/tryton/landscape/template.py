"""The firm's books as a file, made once for each lock and bootstrap and copied from then on."""

from __future__ import annotations

import fcntl
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from system_apis.tryton.landscape import books, desk, environment, firm, server
from system_apis.tryton.landscape.desk import Desk
from system_apis.tryton.landscape.server import DATABASE, Server, copied

_CACHE: Final = environment.ROOT / "build" / "tryton"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Template:
    """A database to copy, the REST key of the service user in it, and the administrator's password."""

    file: Path
    key: str
    password: str


def template(*, tell: Tell) -> Template:
    """The template of these versions, made now unless it stands; the first time takes about a minute."""
    made_by = [Path(str(module.__file__)) for module in (books, firm, desk, server)]
    home = _CACHE / environment.fingerprint(*made_by)
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two who ask at once make it once
        if not home.exists():
            _make(home, tell=tell)
    credentials = msgspec.json.decode((home / "credentials.json").read_bytes(), type=dict[str, str])
    return Template(home / "template.sqlite", credentials["key"], credentials["password"])


def _make(home: Path, *, tell: Tell) -> None:
    """In a folder beside it, so that what was cut off is never taken for whole."""
    tell("Tryton: installing it from its lock")
    programs = environment.programs()
    with tempfile.TemporaryDirectory(dir=_CACHE, ignore_cleanup_errors=True) as folder:
        password = secrets.token_urlsafe(24)
        first = Server(Path(folder), programs=programs)
        tell("Tryton: making its tables, which takes half a minute")
        first.initialise(password)
        first.start()
        try:
            with Desk(first.url, DATABASE, password=password) as admin:
                key = books.open_books(admin, tell=lambda what: tell(f"Tryton: {what}"))
        finally:
            first.stop()
        done = Path(folder) / "done"
        done.mkdir(mode=0o700)
        copied(first.file, done / "template.sqlite")
        (done / "credentials.json").write_bytes(msgspec.json.encode({"key": key, "password": password}))
        shutil.move(done, home)
