"""Draws in Postgres: what people write, and the verifiable draw as one statement."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from app.bench.child import Told
from app.bench.frames import SCOPE
from app.bench.peers import CHOSEN, wanted
from app.core import embedded
from app.core.embedded_process import connection
from app.sampling.openlot1.seed import key, seed

INDEX = "btree (stratum) INCLUDE (object_id)"
# Every sort fits into memory, and nothing is compiled for one run.
TUNED = "SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'; SET jit = off"
TABLE = 'object_id text COLLATE "C" NOT NULL, stratum text COLLATE "C" NOT NULL'
RANDOM = """
SELECT chosen.object_id FROM wanted CROSS JOIN LATERAL (
  SELECT object_id FROM frame WHERE frame.stratum = wanted.stratum ORDER BY random() LIMIT wanted.n
) chosen
"""
TICKETS = """
SELECT stratum, rank, object_id, ticket FROM (
  SELECT *, row_number()
    OVER (PARTITION BY stratum ORDER BY ticket COLLATE "C", object_id COLLATE "C") AS rank
  FROM (
    SELECT stratum, object_id,
      encode(sha256(convert_to('{key}' || object_id, 'UTF8')), 'hex') AS ticket
    FROM drawn_frame
  ) ticketed
) ranked JOIN wanted USING (stratum)
WHERE rank <= n ORDER BY stratum COLLATE "C", rank
"""


@contextlib.contextmanager
def server() -> Iterator[embedded.EmbeddedServer]:
    """An embedded Postgres of its own, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="olbench"))
    try:
        yield embedded.start(home / "postgres", fast=True)
    finally:
        embedded.stop(home / "postgres")
        shutil.rmtree(home, ignore_errors=True)


def load(folder: Path, *, address: str) -> Told:
    """The frame into an indexed table, as it lies in an office's database; and the numbers that
    are drawn of each stratum."""

    async def work(database: Any) -> None:
        await database.execute("DROP TABLE IF EXISTS frame, wanted")
        await database.execute(f"CREATE UNLOGGED TABLE frame ({TABLE})")
        await _copy_in(database, folder, "frame")
        await database.execute(f"CREATE INDEX ON frame USING {INDEX}")
        await database.execute("VACUUM ANALYZE frame")
        counts = await database.fetch("SELECT stratum, count(*) AS n FROM frame GROUP BY stratum")
        await database.execute(
            'CREATE TABLE wanted (stratum text COLLATE "C" PRIMARY KEY, n bigint NOT NULL)'
        )
        await database.executemany(
            "INSERT INTO wanted VALUES ($1, $2)", [(c["stratum"], wanted(c["n"])) for c in counts]
        )
        await database.execute("ANALYZE wanted")

    return {"seconds": _timed(address, work)}


def order_by_random(folder: Path, *, address: str) -> Told:
    """ORDER BY random() LIMIT in every stratum of the loaded table, to the chosen ids."""

    async def work(database: Any) -> None:
        await database.copy_from_query(RANDOM, output=folder / CHOSEN)

    seconds = _timed(address, work)
    return {"seconds": seconds, "drawn": (folder / CHOSEN).read_bytes().count(b"\n")}


def ticket_draw(folder: Path, *, address: str) -> Told:
    """The draw of draw-spec 6 in SQL, from the file to selected.tsv, with `wanted` of `load`."""
    its_key = key("sha256", seed("sha256", (folder / "seed.txt").read_bytes()), "target", SCOPE)
    (folder / "sql").mkdir(exist_ok=True)

    async def work(database: Any) -> None:
        await database.execute("DROP TABLE IF EXISTS drawn_frame")
        await database.execute(f"CREATE UNLOGGED TABLE drawn_frame ({TABLE})")
        await _copy_in(database, folder, "drawn_frame")
        await database.copy_from_query(
            TICKETS.format(key=its_key), output=folder / "sql" / "selected.tsv"
        )

    return {"seconds": _timed(address, work)}


async def _copy_in(database: Any, folder: Path, table: str) -> None:
    with (folder / "frame.tsv").open("rb") as frame:
        await database.copy_to_table(table, source=frame)


def _timed(address: str, work: Callable[[Any], Awaitable[None]]) -> float:
    """Seconds of work on a connection that is open and tuned already."""

    async def connected() -> float:
        async with connection(address) as database:
            await database.execute(TUNED)
            started = time.perf_counter()
            await work(database)
            return time.perf_counter() - started

    return asyncio.run(connected())
