"""The smallest tickets of every stratum by DuckDB, from file to files (draw-spec 5 and 6).

Only tickets up to a limit are kept and sorted, as many as a stratum surely needs; where the limit
was too low after all it is raised and the frame read again. So the limit never decides.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import duckdb

from app.sampling.openlot1.hashing import SHA256
from app.sampling.openlot1.seed import ticket_function

_HASHES = 2**256
_NO_LIMIT = "g"  # above every hex digit
_WIDER = 8
_WRITTEN = "(FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '', NULLSTR '!')"

Edge = tuple[str | None, str | None]
"""The last ticket that is drawn and the first that is not; None where there is none."""


@dataclass(frozen=True)
class Limits:
    """What a draw may use: `threads` and processes (None: as many as there are processors), and
    `memory` of DuckDB; what does not fit there goes to the folder `temporary` (None: the system's).
    A frame of at most `core_bytes` is left to the core, which has drawn it sooner.
    """

    threads: int | None = None
    memory: str = "400MB"
    temporary: Path | None = None
    core_bytes: int = 2**20


@dataclass(frozen=True)
class TicketDraw:
    """What is drawn from a frame whose lines are right; all mappings are by stratum."""

    frame: Path
    sealed: bool
    alg: str
    key: str
    count: Mapping[str, int]
    drawn: Mapping[str, int]
    reserves: int


def draw_lists(task: TicketDraw, out: Path, *, threads: int, limits: Limits) -> dict[str, Edge]:
    """Write selected.tsv, reserves.tsv and published.tsv; what lies at the edge of each stratum."""
    with _database(threads, limits) as (database, folder):
        _plan(database, task)
        frame = folder / "frame.tsv"
        frame.symlink_to(task.frame.resolve())  # a name that DuckDB takes for no pattern
        tickets = _Tickets(database, task, frame)
        database.execute("CREATE TABLE kept (stratum VARCHAR, object_id VARCHAR, ticket VARCHAR)")
        while _pending(database):
            tickets.keep()
            _settle(database)
        _rank(database)
        _write(database, out)
        return _edges(database)


@contextmanager
def _database(threads: int, limits: Limits) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    with tempfile.TemporaryDirectory(dir=limits.temporary) as name:
        options: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": limits.memory,
            "temp_directory": f"{name}/spilled",
            # Nothing is fetched, and no name in a query means a Python variable.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            # Everything that is written is sorted first.
            "preserve_insertion_order": False,
        }
        with duckdb.connect(config=options) as database:
            yield database, Path(name)


def _plan(database: duckdb.DuckDBPyConnection, task: TicketDraw) -> None:
    """One row per stratum; `needed` is one more than is listed, so that the first undrawn ticket
    is known, but no more than there are."""
    rows = [
        (stratum, n, min(n + max(task.reserves, 1), task.count.get(stratum, 0)))
        for stratum, n in task.drawn.items()
    ]
    ceilings = [ceiling(needed, task.count.get(stratum, 0)) for stratum, _, needed in rows]
    database.execute(
        "CREATE TABLE plan AS SELECT unnest($strata::VARCHAR[]) AS stratum, "
        "unnest($drawn::BIGINT[]) AS drawn, unnest($needed::BIGINT[]) AS needed, "
        "$reserves::BIGINT AS reserves, unnest($ceilings::VARCHAR[]) AS ceiling, "
        "unnest($counts::BIGINT[]) AS count, false AS done",
        {
            "strata": [stratum for stratum, _, _ in rows],
            "drawn": [drawn for _, drawn, _ in rows],
            "needed": [needed for _, _, needed in rows],
            "reserves": min(task.reserves, sum(task.count.values())),
            "ceilings": ceilings,
            "counts": [task.count.get(stratum, 0) for stratum, _, _ in rows],
        },
    )
    database.execute("UPDATE plan SET done = true WHERE needed = 0")


def ceiling(needed: int, count: int) -> str:
    """The ticket up to which at least `needed` of `count` are found, but for one draw in millions:
    six standard deviations above the mean, and some more for few."""
    return _ticket_at(needed + 6 * isqrt(needed) + 16, count)


def _ticket_at(expected: int, count: int) -> str:
    if expected >= count:
        return _NO_LIMIT
    return f"{expected * _HASHES // count:064x}"


def _pending(database: duckdb.DuckDBPyConnection) -> bool:
    return bool(database.execute("SELECT 1 FROM plan WHERE NOT done LIMIT 1").fetchall())


def _settle(database: duckdb.DuckDBPyConnection) -> None:
    """A stratum of which enough is kept is done; any other begins anew with a higher ceiling."""
    database.execute(
        "UPDATE plan SET done = true FROM "
        "(SELECT stratum, count(*) AS found FROM kept GROUP BY stratum) AS kept "
        "WHERE plan.stratum = kept.stratum AND found >= needed"
    )
    short = database.execute("SELECT stratum, ceiling, needed, count FROM plan WHERE NOT done")
    for stratum, low, needed, count in short.fetchall():
        if low == _NO_LIMIT:
            raise RuntimeError("fewer objects than were counted: the frame has changed")
        expected = max(int(low, 16) * count // _HASHES, needed) * _WIDER
        database.execute("DELETE FROM kept WHERE stratum = ?", [stratum])
        database.execute(
            "UPDATE plan SET ceiling = ? WHERE stratum = ?", [_ticket_at(expected, count), stratum]
        )


@dataclass(frozen=True)
class _Tickets:
    """Puts into `kept` what lies below the ceiling in every stratum that is not done."""

    database: duckdb.DuckDBPyConnection
    task: TicketDraw
    frame: Path

    def keep(self) -> None:
        if self.task.alg == SHA256:
            self._by_sql()
        else:
            self._by_core()

    def _by_sql(self) -> None:
        salt = " || salt" if self.task.sealed else ""
        names = ["object_id", "stratum", *(["salt"] * self.task.sealed)]
        self.database.execute(
            "INSERT INTO kept SELECT stratum, object_id, ticket FROM (SELECT stratum, object_id, "
            f"{ticket_sql(self.task.key, f'object_id{salt}')} AS ticket, ceiling "
            f"FROM {_lines_of(self.frame, names)} JOIN plan USING (stratum) WHERE NOT done) "
            "WHERE ticket <= ceiling"
        )

    def _by_core(self) -> None:
        """DuckDB has no SM3: the tickets are computed here and go to it through a file."""
        kept = self.frame.with_name("kept.tsv")
        rows = self.database.execute("SELECT stratum, ceiling FROM plan WHERE NOT done").fetchall()
        ceilings = {stratum.encode("ascii"): ceiling.encode("ascii") for stratum, ceiling in rows}
        with kept.open("wb") as target:
            target.writelines(self._core_lines(ceilings))
        if kept.stat().st_size:
            names = ["stratum", "object_id", "ticket"]
            self.database.execute(f"INSERT INTO kept SELECT * FROM {_lines_of(kept, names)}")

    def _core_lines(self, ceilings: Mapping[bytes, bytes]) -> Iterable[bytes]:
        ticket = ticket_function(self.task.alg, self.task.key)
        with self.frame.open("rb") as lines:
            for line in lines:
                object_id, stratum, *salts = line[:-1].split(b"\t")
                if stratum in ceilings:
                    its_ticket = ticket(object_id + b"".join(salts)).encode("ascii")
                    if its_ticket <= ceilings[stratum]:
                        yield b"%b\t%b\t%b\n" % (stratum, object_id, its_ticket)


def ticket_sql(key: str, id_and_salt: str) -> str:
    """T of draw-spec 5 as SQL; `key` is hex."""
    return f"sha256('{key}' || {id_and_salt})"


def _lines_of(file: Path, names: list[str]) -> str:
    """The lines of a file as a table of texts, with nothing guessed: its values are of the alphabet
    of ids and strata, which has no quote and no `!`, and none is empty."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    return (
        f"read_csv({_quoted(file)}, auto_detect = false, columns = {{{columns}}}, delim = '\t', "
        "header = false, quote = '', escape = '', comment = '', nullstr = '!', "
        "new_line = '\\n', compression = 'none', max_line_size = 1000)"
    )


def _quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


def _rank(database: duckdb.DuckDBPyConnection) -> None:
    """Places in ascending order of ticket, then of id; VARCHAR compares by bytes."""
    database.execute(
        "CREATE TABLE ranked AS SELECT stratum, rank, object_id, ticket, drawn, reserves FROM ("
        "SELECT *, row_number() OVER (PARTITION BY stratum ORDER BY ticket, object_id) AS rank "
        "FROM kept JOIN plan USING (stratum)) WHERE rank <= needed"
    )
    database.execute("DROP TABLE kept")


def _write(database: duckdb.DuckDBPyConnection, out: Path) -> None:
    ranked = "SELECT stratum, rank, object_id, ticket FROM ranked WHERE"
    in_order = "ORDER BY stratum, rank"
    for name, query in (
        ("selected.tsv", f"{ranked} rank <= drawn {in_order}"),
        ("reserves.tsv", f"{ranked} rank > drawn AND rank - drawn <= reserves {in_order}"),
        ("published.tsv", "SELECT object_id FROM ranked WHERE rank <= drawn ORDER BY object_id"),
    ):
        database.execute(f"COPY ({query}) TO {_quoted(out / name)} {_WRITTEN}")


def _edges(database: duckdb.DuckDBPyConnection) -> dict[str, Edge]:
    found = database.execute(
        "SELECT stratum, max(ticket) FILTER (WHERE rank = drawn), "
        "max(ticket) FILTER (WHERE rank = drawn + 1) FROM ranked GROUP BY stratum"
    )
    return {stratum: (last, first) for stratum, last, first in found.fetchall()}
