"""Merging staged rows into a directory in sets: what a row was before stays as a former state.

Rows are copied into the temporary table `stage` (row policies forbid COPY into the real one). What
is new, differs or has vanished goes into the temporary table `delta`, with the version that it
replaces in `former`; a preview looks at `delta`, a merge makes it the present state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import ImportChangedSince
from app.registry.models import (
    FACTS,
    INSPECTOR_FACTS,
    CertificateHolder,
    CreditClassRecord,
    InspectedObject,
    Inspector,
    InspectorStatus,
    ObjectCountRecord,
    ObjectTagRecord,
    SpecialEntry,
)

SORT_MEMORY = "128MB"
MANY = 10_000
"""From so many rows on, whole tables are joined instead of row by row."""
SAMPLES = 20
"""Rows of each kind of change that a preview shows."""
MASK = "***"
SHOWN = 5
"""Codes that a refusal names."""
_KINDS = {
    column.name: column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
    for table in (
        InspectedObject,
        Inspector,
        CertificateHolder,
        CreditClassRecord,
        ObjectTagRecord,
        ObjectCountRecord,
        SpecialEntry,
    )
    for column in table.__table__.columns
} | {"row": "INTEGER", "item": "JSONB"}


class Counts(NamedTuple):
    """Rows: staged, new, changed, and those of the directory that a full feed lacks."""

    rows: int
    added: int
    changed: int
    vanished: int

    @property
    def unchanged(self) -> int:
        return self.rows - self.added - self.changed


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory: its table and key column, and the columns of facts that a file tells. `set_by_us`
    are columns that no file tells, with their value in a row of a file; `gone` is what becomes of a
    row that a full feed lacks. Former states stand in the table of the same name with `_version`."""

    table: str
    key: str
    facts: tuple[str, ...]
    gone: Mapping[str, str]
    set_by_us: Mapping[str, str] = field(default_factory=dict)
    masked: frozenset[str] = frozenset()

    @property
    def state(self) -> tuple[str, ...]:
        """The columns that make a state."""
        return (*self.facts, *self.set_by_us)

    @property
    def present(self) -> str:
        """The table of the present states."""
        return f"openlot.{self.table}"

    @property
    def names(self) -> dict[str, str]:
        """What fills the places of the statements about this directory."""
        gone = {column: self.gone.get(column, f"o.{column}") for column in self.state}
        restored = ", ".join(
            f"CASE WHEN f.{self.key} IS NULL THEN {gone[column]} ELSE f.{column} END AS {column}"
            for column in self.state
        )
        return {
            "key": self.key,
            "present": self.present,
            "state": self.listed(),
            "brought": self.listed("b"),
            "held": self.listed("o"),
            "restored": restored,
        }

    def listed(self, alias: str = "") -> str:
        """The columns of a state with commas."""
        prefix = f"{alias}." if alias else ""
        return ", ".join(prefix + column for column in self.state)

    def without(self, alias: str) -> str:
        """The state of a row that has vanished."""
        return ", ".join(self.gone.get(column, f"{alias}.{column}") for column in self.state)

    def mask(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row as a preview may show it."""
        return {name: MASK if name in self.masked else value for name, value in row.items()}

    def difference(self, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """The fields that a change touches, before and after."""
        masked = self.mask(old), self.mask(new)
        fields = [
            {"name": name, "before": masked[0][name], "after": masked[1][name]}
            for name in self.state
            if old[name] != new[name]
        ]
        return {"key": new[self.key], "fields": fields}


OBJECTS = Directory(
    "inspected_object", "code", FACTS, gone={"listed": "false"}, set_by_us={"listed": "true"}
)
INSPECTORS = Directory(
    "inspector",
    "staff_no",
    INSPECTOR_FACTS,
    gone={"status": f"'{InspectorStatus.INACTIVE}'", "status_from": "NULL", "status_to": "NULL"},
    masked=frozenset({"phone"}),
)


# The states that an import brought, whether they stand or were replaced since.
_BROUGHT = """
CREATE TEMP TABLE brought ON COMMIT DROP AS
SELECT {key}, {state}, version FROM {present}
WHERE department_code = :department AND import_id = :undone
UNION ALL SELECT {key}, {state}, version FROM {present}_version
WHERE department_code = :department AND import_id = :undone
"""
_CHANGED_SINCE = """
FROM brought b JOIN {present} o ON o.department_code = :department AND o.{key} = b.{key}
WHERE ({brought}) IS DISTINCT FROM ({held})
"""
_RESTORED = """
CREATE TEMP TABLE delta ON COMMIT DROP AS
SELECT o.{key}, {restored}, o.version AS former, f.{key} IS NULL AS vanished
FROM brought b JOIN {present} o ON o.department_code = :department AND o.{key} = b.{key}
LEFT JOIN {present}_version f ON f.department_code = :department AND f.{key} = b.{key}
AND f.version = b.version - 1
"""


async def stage(
    session: AsyncSession, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Copy rows into the temporary table `stage` of this transaction."""
    driver = await _open_stage(session, columns)
    await driver.copy_records_to_table("stage", records=rows, columns=columns)
    await session.execute(text("ANALYZE stage"))


async def stage_file(session: AsyncSession, columns: tuple[str, ...], file: Path) -> None:
    """The same from a file in the text format of COPY, which passes through in blocks."""
    driver = await _open_stage(session, columns)
    await driver.copy_to_table("stage", source=file, columns=columns)
    await session.execute(text("ANALYZE stage"))


async def _open_stage(session: AsyncSession, columns: tuple[str, ...]) -> Any:
    listed = ", ".join(f"{column} {_KINDS[column]}" for column in columns)
    await session.execute(text(f"CREATE TEMP TABLE stage ({listed}) ON COMMIT DROP"))
    connection = await (await session.connection()).get_raw_connection()
    driver = connection.driver_connection
    assert driver is not None  # noqa: S101 -- an open connection has its driver
    return driver


async def compare(
    session: AsyncSession, directory: Directory, department: str, *, full: bool = False
) -> Counts:
    """Find out what the staged rows would change; `full`: what they lack has vanished."""
    rows = await session.scalar(text("SELECT count(*) FROM stage")) or 0
    held = f"SELECT EXISTS (SELECT FROM {directory.present} WHERE department_code = :department)"
    if not await session.scalar(text(held), {"department": department}):
        await _take_all(session, directory)
        return Counts(rows, rows, 0, 0)
    if rows >= MANY:
        await session.execute(text(f"SET LOCAL work_mem = '{SORT_MEMORY}'"))
        await session.execute(text("SET LOCAL enable_nestloop = off"))
    await _find_new_or_changed(session, directory, department)
    if full:
        await _find_vanished(session, directory, department)
    counted = await session.execute(
        text(
            "SELECT count(*) FILTER (WHERE former IS NULL),"
            " count(*) FILTER (WHERE former IS NOT NULL AND NOT vanished),"
            " count(*) FILTER (WHERE vanished) FROM delta"
        )
    )
    return Counts(rows, *counted.one())


async def _take_all(session: AsyncSession, directory: Directory) -> None:
    """Into an empty directory goes the stage as it is: nothing is compared or written twice."""
    columns = {c: f"{_KINDS[c]} DEFAULT {value}" for c, value in directory.set_by_us.items()}
    columns |= {"former": "integer", "vanished": "boolean DEFAULT false"}
    added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in columns.items())
    await session.execute(text("ALTER TABLE stage RENAME TO delta"))
    await session.execute(text(f"ALTER TABLE delta {added}"))


async def _find_new_or_changed(
    session: AsyncSession, directory: Directory, department: str
) -> None:
    key = directory.key
    told = [f"s.{fact}" for fact in directory.facts]
    ours = [f"{value} AS {column}" for column, value in directory.set_by_us.items()]
    state = ", ".join((*told, *directory.set_by_us.values()))
    await session.execute(
        text(
            f"CREATE TEMP TABLE delta ON COMMIT DROP AS SELECT s.{key}, {', '.join(told + ours)},"
            f" o.version AS former, false AS vanished FROM stage s LEFT JOIN {directory.present} o"
            f" ON o.department_code = :department AND o.{key} = s.{key} WHERE o.{key} IS NULL"
            f" OR ({state}) IS DISTINCT FROM ({directory.listed('o')})"
        ),
        {"department": department},
    )


async def _find_vanished(session: AsyncSession, directory: Directory, department: str) -> None:
    key, state = directory.key, directory.listed()
    gone = directory.without("o")
    await session.execute(
        text(
            f"INSERT INTO delta ({key}, {state}, former, vanished)"
            f" SELECT o.{key}, {gone}, o.version, true FROM {directory.present} o"
            " WHERE o.department_code = :department"
            f" AND ({directory.listed('o')}) IS DISTINCT FROM ({gone})"
            f" AND NOT EXISTS (SELECT FROM stage s WHERE s.{key} = o.{key})"
        ),
        {"department": department},
    )


async def samples(
    session: AsyncSession, directory: Directory, department: str, *, limit: int = SAMPLES
) -> dict[str, Any]:
    """Some rows of each kind of change as JSON, in the order of their keys."""
    shown = f"{directory.key}, {directory.listed()}"
    some = f"ORDER BY {directory.key} LIMIT {limit}"

    async def rows(source: str) -> list[dict[str, Any]]:
        query = f"SELECT to_jsonb(x) FROM (SELECT {source}) x"
        found = await session.scalars(text(query))
        return [directory.mask(row) for row in found]

    staged = f"{directory.key}, {', '.join(directory.facts)}"
    unchanged = (
        f"{staged} FROM stage s WHERE NOT EXISTS"
        f" (SELECT FROM delta d WHERE d.{directory.key} = s.{directory.key}) LIMIT {limit}"
    )
    has_stage = await session.scalar(text("SELECT to_regclass('pg_temp.stage') IS NOT NULL"))
    changed = f"SELECT {shown} FROM delta WHERE former IS NOT NULL AND NOT vanished {some}"
    after = list(await session.scalars(text(f"SELECT to_jsonb(x) FROM ({changed}) x")))
    keys = [row[directory.key] for row in after]
    before = await session.scalars(
        text(
            f"SELECT to_jsonb(x) FROM (SELECT {shown} FROM {directory.present}"
            f" WHERE department_code = :department AND {directory.key} = ANY (:keys)"
            f" ORDER BY {directory.key}) x"
        ),
        {"department": department, "keys": keys},
    )
    return {
        "added": await rows(f"{shown} FROM delta WHERE former IS NULL {some}"),
        "changed": [directory.difference(old, new) for old, new in zip(before, after, strict=True)],
        "unchanged": await rows(unchanged) if has_stage else [],
        "vanished": await rows(f"{shown} FROM delta WHERE vanished {some}"),
    }


async def restore(
    session: AsyncSession, directory: Directory, department: str, undone: UUID
) -> Counts:
    """Find out what would undo an import: each row that it brought becomes what it was before, and
    a row that it brought first becomes as if it had vanished.

    Raises ImportChangedSince if rows are no longer as the import left them."""
    values = {"department": department, "undone": undone}
    await session.execute(text(_BROUGHT.format(**directory.names)), values)
    changed = _CHANGED_SINCE.format(**directory.names)
    count = await session.scalar(text(f"SELECT count(*) {changed}"), values)
    if count:
        first = text(f"SELECT b.{directory.key} {changed} ORDER BY 1 LIMIT {SHOWN}")
        shown = "、".join(await session.scalars(first, values))
        raise ImportChangedSince(count=count, shown=shown)
    await session.execute(text(_RESTORED.format(**directory.names)), values)
    rows, vanished = (
        await session.execute(text("SELECT count(*), count(*) FILTER (WHERE vanished) FROM delta"))
    ).one()
    return Counts(rows, 0, rows - vanished, vanished)


async def merge(
    session: AsyncSession, directory: Directory, department: str, import_id: UUID
) -> None:
    """Make the rows of `delta` the present state, and keep what they replace as former states."""
    values = {"department": department, "id": import_id}
    key, state = directory.key, directory.state
    columns = f"department_code, {key}, {directory.listed()}, version, import_id"
    replaced = f"o.department_code = :department AND o.{key} = d.{key} AND d.former IS NOT NULL"
    await session.execute(
        text(
            f"INSERT INTO {directory.present}_version ({columns}, ended_import_id)"
            f" SELECT o.department_code, o.{key}, {directory.listed('o')}, o.version, o.import_id,"
            f" :id FROM {directory.present} o JOIN delta d ON {replaced}"
        ),
        values,
    )
    taken = ", ".join(f"{column} = d.{column}" for column in state)
    await session.execute(
        text(
            f"UPDATE {directory.present} o SET {taken}, version = o.version + 1, import_id = :id"
            f" FROM delta d WHERE {replaced}"
        ),
        values,
    )
    await session.execute(
        text(
            f"INSERT INTO {directory.present} ({columns})"
            f" SELECT :department, {key}, {directory.listed()}, 1, :id FROM delta"
            " WHERE former IS NULL"
        ),
        values,
    )
