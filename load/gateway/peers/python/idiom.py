"""A gateway as it is usually written: FastAPI, httpx, PyJWT, slowapi. A peer, measured as it stands."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
import jwt
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded

PUBLIC = (Path(os.environ["FOLDER"]) / "public.pem").read_text()
BASE = f"http://127.0.0.1:{os.environ['UPSTREAM']}"
LOG = logging.getLogger("access")
LOG.addHandler(logging.FileHandler(Path(os.environ["FOLDER"]) / "idiom-access.log"))
LOG.setLevel(logging.INFO)
limiter = Limiter(key_func=lambda request: request.state.subject, config_filename="none")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client for the life of the application."""
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
    async with httpx.AsyncClient(base_url=BASE, limits=limits, timeout=15, trust_env=False) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(RateLimitExceeded)
async def too_often(_request: Request, _fault: RateLimitExceeded) -> StreamingResponse:
    """429."""
    return StreamingResponse(iter(()), status_code=429)


async def subject(request: Request, given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    """Whoever the token names."""
    try:
        claims = jwt.decode(
            given.credentials,
            PUBLIC,
            algorithms=["RS256"],
            audience=os.environ["AUDIENCE"],
            issuer=os.environ["ISSUER"],
        )
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    request.state.subject = claims["sub"]
    return str(claims["sub"])


@app.api_route("/api/v1/{path:path}", methods=["GET", "POST"])
@limiter.limit("1000000000/minute")
async def forward(request: Request, path: str, caller: Annotated[str, Depends(subject)]) -> StreamingResponse:
    """Pass it on."""
    client: httpx.AsyncClient = request.app.state.client
    kept = {name: value for name, value in request.headers.items() if name not in {"host", "content-length"}}
    onward = client.build_request(
        request.method, f"/api/v1/{path}", params=request.query_params, headers=kept, content=await request.body()
    )
    answer = await client.send(onward, stream=True)
    LOG.info("%s %s %s %s", request.method, path, answer.status_code, caller)
    return StreamingResponse(answer.aiter_raw(), status_code=answer.status_code, headers=dict(answer.headers))
