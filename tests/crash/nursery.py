"""A process that has everything imported and forks deployables: a restart costs what the deployable does, not Python.

Spoken to in JSON lines. What it forked ends with it, whatever ends it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import selectors
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).parents[2]
_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG
_START_S: Final = 60.0
PRELOADED: Final = (
    *("kit.cli.main", "kit.cli.commands.serve", "kit.cli.commands.migrate", "kit.cli.deployable", "kit.cli.sandboxes"),
    *("gateway", "process_apis.quote_to_project", "process_apis.casework", "experience_apis.approvals"),
    *("experience_apis.control_tower", "system_apis.kantata", "system_apis.netsuite", "system_apis.salesforce"),
    *("system_apis.kantata.simulator", "system_apis.netsuite.simulator", "system_apis.salesforce.simulator"),
    *("sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.aiosqlite", "alembic.command"),
    *("uvicorn.protocols.http.httptools_impl", "uvicorn.lifespan.on", "uvloop", "tests.crash.simulators"),
)


@dataclass
class Child:
    """One forked process. `code` is its exit status, or minus the signal that killed it."""

    pid: int
    post: Callable[[dict[str, Any]], None]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None

    def send(self, number: signal.Signals) -> None:
        """Have the nursery send a signal: only the parent knows that the number still means this process."""
        self.post({"pid": self.pid, "signal": int(number)})


class Nursery:
    """The driver's end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked: dict[int, asyncio.Future[Child]] = {}
        self._children: dict[int, Child] = {}
        self._number = 0

    async def fork(self, module: str, *argv: str, log: Path) -> Child:
        """Run `module.main(argv)` in a process of its own; what it prints is appended to `log`.

        Raises:
            RuntimeError: the nursery has ended.

        """
        self._number += 1
        answered = self._asked[self._number] = asyncio.get_running_loop().create_future()
        asked = {"number": self._number, "module": module, "argv": argv, "log": str(log)}
        self._post(asked)
        return await answered

    def _post(self, asked: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")

    async def listen(self) -> None:
        """Hear of children until the nursery ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "number" in told:
                child = self._children[told["pid"]] = Child(told["pid"], self._post)
                self._asked.pop(told["number"]).set_result(child)
            else:
                child = self._children.pop(told["pid"])
                child.code = told["code"]
                child.ended.set()
        for answered in self._asked.values():
            answered.set_exception(RuntimeError("the nursery has ended"))


@asynccontextmanager
async def nursery(log: Path) -> AsyncIterator[Nursery]:
    """Open a nursery until the block ends; whoever still lives then is killed."""
    with log.open("ab") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crash.nursery"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=sink,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
    assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - opened with pipes
    await asyncio.wait_for(process.stdout.readline(), _START_S)
    opened = Nursery(process)
    listening = asyncio.create_task(opened.listen())
    try:
        yield opened
    finally:
        process.stdin.close()
        await process.wait()
        await listening


class _Forker:
    """The nursery's own end: one thread, no loop, nothing open but its pipes."""

    def __init__(self) -> None:
        self._living: set[int] = set()
        self._heard, woken = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(self._heard, False)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Fork what is asked for and tell who ended, until nobody asks any more."""
        chosen = selectors.DefaultSelector()
        chosen.register(0, selectors.EVENT_READ)
        chosen.register(self._heard, selectors.EVENT_READ)
        waiting = b""
        while True:
            ready = {key.fd for key, _ in chosen.select()}
            if self._heard in ready:
                os.read(self._heard, 4096)
                self._reap()
            if 0 in ready:
                asked = os.read(0, 65536)
                if not asked:
                    return self._end()
                *lines, waiting = (waiting + asked).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))

    def _obey(self, asked: dict[str, Any]) -> None:
        if "signal" in asked:
            if asked["pid"] in self._living:
                os.kill(asked["pid"], asked["signal"])
            return
        pid = os.fork()
        if pid == 0:
            _become(asked)
        self._living.add(pid)
        _tell({"number": asked["number"], "pid": pid})

    def _reap(self) -> None:
        while self._living:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._living.discard(pid)
            _tell({"pid": pid, "code": os.waitstatus_to_exitcode(status)})

    def _end(self) -> None:
        for pid in self._living:
            os.kill(pid, signal.SIGKILL)
        for pid in self._living:
            os.waitpid(pid, 0)


def _tell(told: dict[str, Any]) -> None:
    os.write(1, json.dumps(told).encode() + b"\n")


def _become(asked: dict[str, Any]) -> None:
    """Be the deployable; never come back."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the driver, which ends everybody
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
        sink = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for taken, number in ((nothing, 0), (sink, 1), (sink, 2)):
            os.dup2(taken, number)
        code = import_module(asked["module"]).main(asked["argv"])
    except BaseException:  # noqa: BLE001 - a fork must not run on in its parent's code
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in PRELOADED:
        import_module(name)
    gc.collect()
    gc.freeze()
    _tell({"ready": True})
    _Forker().serve()


if __name__ == "__main__":
    _main()
