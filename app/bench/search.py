"""A page of a search over HTTP against a bare handler on the same server.

Both answer the same three filters with the same rows of the same database: the service with key,
row policies, checked parameters and keyset; the other one with nothing but asyncpg and json, under
the same web server. Each is a process of its own.
"""

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import uvicorn
from pydantic import SecretStr
from sqlalchemy import event

from app.access.queries import secret_digest
from app.access.schemas import ApiKeyRegister
from app.access.service import register_key
from app.bench.child import BenchFailed, Told
from app.bench.figures import Result, ratio, result
from app.core.caller import Caller, Permission
from app.core.clock import now
from app.core.embedded_process import connection
from app.core.settings import Settings

DEPARTMENT = "610403-SCJG"
FILTERS = {"region": "110000", "industry": "F", "kind": "enterprise"}
LIMIT = 50
TURNS = 4
REQUESTS = 100
"""Of each server in each turn, after those that warm it up."""
WARM_UP = 40
RAW = """
SELECT department_code, code, name, kind, ent_type, region_code, industry_code, established_on,
    status, reg_authority, jurisdiction_unit, source, listed, version
FROM openlot.inspected_object
WHERE department_code = $1 AND listed AND region_code BETWEEN $2 AND $3
    AND industry_code IN (SELECT code FROM openlot.industry WHERE section_code = $4)
    AND kind = $5 AND code > $6
ORDER BY code LIMIT $7
"""


def bench_search(folder: Path, *, owner: str, runtime: str) -> list[Result]:
    """The figures of a directory that is filled: medians of single requests, and of requests of
    eight clients at once, each over those of the bare handler.

    Raises BenchFailed when the two answer with different rows."""
    asyncio.run(_analyze(owner))
    key = asyncio.run(_key(folder, runtime))
    with _served("ours", folder, runtime) as ours, _served("raw", folder, runtime) as raw:
        _require_equal(asyncio.run(_get(ours, key)), asyncio.run(_get(raw, key)))
        alone = _in_turns((ours, raw), key, 1)
        eight = _in_turns((ours, raw), key, 8)
    return [
        result("search_ms", alone[ours] * 1000, "ms, one client"),
        result("raw_ms", alone[raw] * 1000, "ms, one client"),
        ratio("search_over_raw", alone[ours], alone[raw], "<= 2.5"),
        ratio("search_over_raw_8", eight[ours], eight[raw]),
        result("profile_queries", asyncio.run(_profile(folder, runtime)), "statements", "<= 5"),
    ]


async def _analyze(owner: str) -> None:
    """What autovacuum does within a minute of an import; the bench does not wait for it."""
    async with connection(owner) as database:
        await database.execute("VACUUM ANALYZE openlot.inspected_object")


def serve(folder: Path, *, what: str, runtime: str, port: int) -> Told:
    """A web server in this process, until it is ended."""
    app = _ours(folder, runtime) if what == "ours" else _Raw(runtime)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    return {"seconds": 0.0}


def _settings(folder: Path, runtime: str) -> Settings:
    return Settings(database_url=SecretStr(runtime), home=folder / "home")


def _ours(folder: Path, runtime: str) -> Any:
    from app.main import create_app

    return create_app(_settings(folder, runtime))


class _Raw:
    """The bare handler: an ASGI application with a pool of asyncpg."""

    def __init__(self, runtime: str) -> None:
        self._address = runtime.replace("+asyncpg", "")
        self._pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        found = await self._pool.fetch(
            RAW, DEPARTMENT, "110000", "119999", "F", FILTERS["kind"], "", LIMIT + 1
        )
        items = [dict(row) for row in found[:LIMIT]]
        body = json.dumps({"items": items}, ensure_ascii=False, default=str).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        # Without row policies there is no page: the setting is that of the connection here.
        settings = {"app.departments": "*"}
        self._pool = await asyncpg.create_pool(self._address, server_settings=settings)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def _served(what: str, folder: Path, runtime: str) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    given = json.dumps({"what": what, "runtime": runtime, "port": port})
    command = [sys.executable, "-m", "app.bench", "app.bench.search:serve", str(folder), given]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own module
    try:
        _wait(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the server answers. Raises BenchFailed if it ends before."""
    for _ in range(600):
        if process.poll() is not None:
            raise BenchFailed("a server of the search bench ended at once")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise BenchFailed("a server of the search bench did not begin within a minute")


async def _key(folder: Path, runtime: str) -> str:
    """A key that may do everything on this server, which lives as long as the bench."""
    (folder / "home").mkdir(exist_ok=True)
    secret = f"olk_bench_{'0' * 43}"
    everything = frozenset(Permission)
    body = ApiKeyRegister.model_construct(
        label="bench",
        person=None,
        department_code=DEPARTMENT,
        departments=["*"],
        permissions=list(everything),
        sha256=secret_digest(secret),
        valid_until=None,
    )
    caller = Caller("bench", "bench", "bench", DEPARTMENT, ("*",), everything)
    database = _ours(folder, runtime).state.database
    async with database.transaction(departments="*", request_id="bench") as session:
        await register_key(session, "bench", body, caller=caller, now=await now())
    await database.dispose()
    return secret


def _request(key: str) -> bytes:
    query = urlencode({"department": DEPARTMENT, "limit": LIMIT} | FILTERS)
    return (
        f"GET /v1/registry/inspected-objects?{query} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()


async def _get(port: int, key: str) -> list[Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = await _answer(reader, writer, _request(key))
    writer.close()
    items: list[Any] = json.loads(body)["items"]
    return items


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> bytes:
    """The body of an answer; as little of a client as there can be."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise BenchFailed(head.decode())
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)


def _require_equal(ours: Sequence[Any], raw: Sequence[Any]) -> None:
    if ours != raw or not ours:
        raise BenchFailed(f"{len(ours)} rows of ours are not the {len(raw)} of the bare handler")


def _in_turns(ports: Sequence[int], key: str, clients: int) -> dict[int, float]:
    """Median seconds of a request to each server. They are asked in turns, so that a busy moment
    of the machine meets all of them."""
    taken: dict[int, list[float]] = {port: [] for port in ports}
    for _ in range(TURNS):
        for port in ports:
            taken[port] += asyncio.run(_timed(port, key, clients))
    return {port: statistics.median(seconds) for port, seconds in taken.items()}


async def _timed(port: int, key: str, clients: int) -> list[float]:
    """Seconds of each request while so many clients ask without pause."""
    request, taken = _request(key), list[float]()

    async def client(count: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(count):
            started = time.perf_counter()
            await _answer(reader, writer, request)
            if number >= WARM_UP // clients:
                taken.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(client((REQUESTS + WARM_UP) // clients) for _ in range(clients)))
    return taken


async def _profile(folder: Path, runtime: str) -> int:
    """SQL statements of one profile over HTTP, those that know the key included."""
    import httpx

    app = _ours(folder, runtime)
    database = app.state.database
    key = await _key(folder, runtime)
    transport = httpx.ASGITransport(app=app)
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        headers = {"Authorization": f"Bearer {key}"}
        params = {"department": DEPARTMENT, "limit": "1"}
        path = "/v1/registry/inspected-objects"
        listed = await client.get(path, params=params, headers=headers)
        code = listed.json()["items"][0]["code"]
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        told = await client.get(f"{path}/{code}/profile", params=params, headers=headers)
    await database.dispose()
    if told.status_code != 200:
        raise BenchFailed(f"the profile was answered with {told.status_code}")
    return len(sent)
