"""Who is measured, and how each is started; what cannot be had is named with the command that would bring it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from load.gateway.traffic import AUDIENCE, ISSUER, answer

PEERS: Final = Path(__file__).parent / "peers"
VENV: Final = Path(".venvs/peers/bin")
_UVICORN: Final = "--loop uvloop --http httptools --no-access-log --backlog 4096 --log-level warning --port"


@dataclass(kw_only=True)
class Target:
    """One of those measured. `does` says what it does of the work that all should do."""

    name: str
    kind: str
    does: str
    command: list[str]
    folder: Path = Path()
    needs: str = ""
    remedy: str = ""
    missing: str = ""
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """The root of its processes."""
        assert self.process is not None
        return self.process.pid


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def upstream() -> Target:
    """The tier behind all of them: nginx where there is one, else a small one of ours."""
    if shutil.which("nginx"):
        return Target(name="upstream", kind="direct", does="", command=_configured("nginx", "upstream.conf"))
    own = [sys.executable, "-m", "load.gateway.tier", "@PORT@"]
    return Target(name="upstream (ours; nginx is not installed)", kind="direct", does="", command=own)


def targets() -> list[Target]:
    """Everybody, in the order of the table."""
    node, peers = ["node"], "make bench-gateway installs it from requirements/peers.txt"
    modules = str(PEERS / "node" / "node_modules")
    npm = f"npm ci --prefix {PEERS / 'node'}"
    found = [
        Target(
            name="nginx", kind="c", does="limit, log; no JWT",
            command=_configured("nginx", "nginx.conf"), needs="nginx", remedy="apt-get install nginx",
        ),
        Target(
            name="HAProxy", kind="c", does="RS256 each time, stick table, log to a socket",
            command=["haproxy", "-db", "-f", "@haproxy.cfg@"], needs="haproxy", remedy="apt-get install haproxy",
        ),
        Target(
            name="Envoy", kind="c", does="JWT kept, local limit, JSON log, statistics",
            command=[str(VENV / "envoy"), "-c", "@envoy.json@", "--concurrency", "1", "-l", "critical"],
            needs=str(VENV / "envoy"), remedy=peers,
        ),
        Target(
            name="fastify", kind="node", does="JWT kept, limit, log",
            command=[*node, str(PEERS / "node" / "fastify.js")], needs=modules, remedy=npm,
        ),
        Target(
            name="fast-gateway", kind="node", does="JWT kept, limit; no log",
            command=[*node, str(PEERS / "node" / "fast-gateway.js")], needs=modules, remedy=npm,
        ),
        Target(
            name="Starlette + aiohttp", kind="python", does="RS256 each time, limit, log",
            command=[str(VENV / "uvicorn"), "aio:app", *_UVICORN.split(), "@PORT@"],
            folder=PEERS / "python", needs=str(VENV / "uvicorn"), remedy=peers,
        ),
        Target(
            name="FastAPI + httpx", kind="python", does="RS256 each time, limit, log",
            command=[str(VENV / "uvicorn"), "idiom:app", *_UVICORN.split(), "@PORT@"],
            folder=PEERS / "python", needs=str(VENV / "uvicorn"), remedy=peers,
        ),
    ]  # fmt: skip  # a table, one target in three lines
    for server, client in (("protocol", "pool"), ("uvicorn", "pool"), ("granian", "pool"), ("uvicorn", "httpx")):
        command = [sys.executable, "-m", "load.gateway.ours", "@PORT@", server, client]
        does = "every policy of the door"
        found.append(Target(name=f"Sluice, {server}, {client}", kind="ours", does=does, command=command))
    for target in found:
        if target.needs and not shutil.which(target.needs) and not Path(target.needs).exists():
            target.missing = f"not installed: {target.remedy}"
    return found


def start(target: Target, *, folder: Path, upstream_port: int, core: int) -> None:
    """Start it on its core."""
    target.port = free_port()
    values = {
        "PORT": str(target.port),
        "UPSTREAM": str(upstream_port),
        "FOLDER": str(folder),
        "ISSUER": ISSUER,
        "AUDIENCE": AUDIENCE,
        "ANSWER": answer(),
    }
    command = [_filled(word, values, folder) for word in target.command]
    with (folder / f"{target.name}.log").open("wb") as log:
        target.process = subprocess.Popen(
            ["taskset", "-c", str(core), *_found(command)],
            cwd=target.folder,
            env={**os.environ, **values},
            stdout=log,
            stderr=log,
        )


def stop(target: Target) -> None:
    """Ask it to stop, and see to it."""
    if target.process is None:
        return
    target.process.terminate()
    try:
        target.process.wait(10)
    except subprocess.TimeoutExpired:
        target.process.kill()
        target.process.wait()


def _configured(program: str, file: str) -> list[str]:
    return [program, "-p", "@FOLDER@", "-c", f"@{file}@"]


def _found(command: list[str]) -> list[str]:
    return [str(Path(command[0]).absolute()) if "/" in command[0] else command[0], *command[1:]]


def _filled(word: str, values: dict[str, str], folder: Path) -> str:
    """A word of a command: a name of a value, or of a configuration that is written with the values put in."""
    source = PEERS / word.strip("@")
    if word.startswith("@") and source.is_file():
        text = source.read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        made = folder / f"{values['PORT']}-{source.name}"
        made.write_text(text, encoding="utf-8")
        return str(made)
    for name, value in values.items():
        word = word.replace(f"@{name}@", value)
    return word
