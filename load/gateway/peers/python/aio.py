"""A gateway on Starlette and aiohttp: PyJWT with a prepared key, limits' fixed window, an access log. A peer."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import jwt
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

KEY = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).prepare_key(
    (Path(os.environ["FOLDER"]) / "public.pem").read_text()
)
BASE = f"http://127.0.0.1:{os.environ['UPSTREAM']}"
LOG = logging.getLogger("access")
LOG.addHandler(logging.FileHandler(Path(os.environ["FOLDER"]) / "aio-access.log"))
LOG.setLevel(logging.INFO)
LIMIT = parse("1000000000/minute")
LIMITER = FixedWindowRateLimiter(MemoryStorage())


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """One session for the life of the application."""
    connector = aiohttp.TCPConnector(limit=256)
    async with aiohttp.ClientSession(BASE, connector=connector, auto_decompress=False) as session:
        app.state.session = session
        yield


async def forward(request: Request) -> Response:
    """Check and pass on."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(
            token, KEY, algorithms=["RS256"], audience=os.environ["AUDIENCE"], issuer=os.environ["ISSUER"]
        )
    except jwt.PyJWTError:
        return Response(status_code=401)
    if not LIMITER.hit(LIMIT, claims["sub"]):
        return Response(status_code=429)
    session: aiohttp.ClientSession = request.app.state.session
    kept = {name: value for name, value in request.headers.items() if name not in {"host", "content-length"}}
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    answer = await session.request(request.method, target, headers=kept, data=await request.body() or None)
    LOG.info("%s %s %s %s", request.method, target, answer.status, claims["sub"])

    async def parts() -> AsyncIterator[bytes]:
        async with answer:
            async for part in answer.content.iter_any():
                yield part

    headers = {name: value for name, value in answer.headers.items() if name.lower() != "transfer-encoding"}
    return StreamingResponse(parts(), status_code=answer.status, headers=headers)


app = Starlette(routes=[Route("/api/v1/{path:path}", forward, methods=["GET", "POST"])], lifespan=lifespan)
