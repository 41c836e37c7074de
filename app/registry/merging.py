"""Merging a staged file into a directory in sets: the former state stays as a version.

Rows are copied into a temporary table (row policies forbid COPY into the real one); what did not
change is left alone; what is new or differs becomes the next version and the present state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.problems import LISTED_FAULTS, Fault
from app.registry.errors import ImportRefused
from app.registry.models import FACTS, INSPECTOR_FACTS

_KINDS = {
    "row": "integer",
    "established_on": "date",
    "certificate_valid_to": "date",
    "qualifications": "text[]",
    "item_codes": "text[]",
}


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory: its table and key column, and the columns of facts. Its versions stand in the
    table of the same name with `_version`."""

    table: str
    key: str
    facts: tuple[str, ...]

    def listed(self, alias: str = "") -> str:
        prefix = f"{alias}." if alias else ""
        return ", ".join(prefix + fact for fact in self.facts)

    @property
    def new_or_changed(self) -> str:
        """The staged rows that the directory does not hold so."""
        return (
            f"FROM stage s LEFT JOIN openlot.{self.table} o"
            f" ON o.department_code = :department AND o.{self.key} = s.{self.key}"
            f" WHERE o.{self.key} IS NULL"
            f" OR ({self.listed('s')}) IS DISTINCT FROM ({self.listed('o')})"
        )


OBJECTS = Directory("inspected_object", "code", FACTS)
INSPECTORS = Directory("inspector", "staff_no", INSPECTOR_FACTS)


async def stage(
    session: AsyncSession, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Copy rows into the temporary table `stage` of this transaction."""
    listed = ", ".join(f"{column} {_KINDS.get(column, 'text')}" for column in columns)
    await session.execute(text(f"CREATE TEMP TABLE stage ({listed}) ON COMMIT DROP"))
    connection = await (await session.connection()).get_raw_connection()
    driver = connection.driver_connection
    assert driver is not None  # noqa: S101 -- an open connection has its driver
    await driver.copy_records_to_table("stage", records=rows, columns=columns)
    await session.execute(text("ANALYZE stage"))


async def count_changes(
    session: AsyncSession, directory: Directory, department: str
) -> tuple[int, int]:
    """Staged rows that are new, and rows that differ."""
    counted = await session.execute(
        text(
            f"SELECT count(*) FILTER (WHERE o.{directory.key} IS NULL),"
            f" count(*) FILTER (WHERE o.{directory.key} IS NOT NULL) {directory.new_or_changed}"
        ),
        {"department": department},
    )
    added, changed = counted.one()
    return added, changed


async def merge(
    session: AsyncSession, directory: Directory, department: str, import_id: UUID
) -> None:
    """Make the staged rows the present state."""
    values = {"department": department, "id": import_id}
    columns = f"department_code, {directory.key}, {directory.listed()}, version, import_id"
    await session.execute(
        text(
            f"INSERT INTO openlot.{directory.table}_version ({columns})"
            f" SELECT :department, s.{directory.key}, {directory.listed('s')},"
            f" coalesce(o.version, 0) + 1, :id {directory.new_or_changed}"
        ),
        values,
    )
    taken = ", ".join(f"{c} = excluded.{c}" for c in (*directory.facts, "version", "import_id"))
    await session.execute(
        text(
            f"INSERT INTO openlot.{directory.table} ({columns}) SELECT {columns}"
            f" FROM openlot.{directory.table}_version"
            " WHERE department_code = :department AND import_id = :id"
            f" ON CONFLICT (department_code, {directory.key}) DO UPDATE SET {taken}"
        ),
        values,
    )


async def refuse_unknown_objects(session: AsyncSession, department: str) -> None:
    """Staged codes must be in the directory of objects.

    Raises ImportRefused."""
    unknown = (
        "FROM stage s WHERE NOT EXISTS (SELECT FROM openlot.inspected_object o"
        " WHERE o.department_code = :department AND o.code = s.code)"
    )
    values = {"department": department}
    count = await session.scalar(text(f"SELECT count(*) {unknown}"), values)
    if not count:
        return
    found = await session.execute(
        text(f"SELECT row, code {unknown} ORDER BY row LIMIT {LISTED_FAULTS}"), values
    )
    faults = [
        Fault(
            "object-unknown",
            "名录库中没有该检查对象",
            "the directory does not hold this object",
            row=row,
            column="uscc",
            value=code,
        )
        for row, code in found
    ]
    raise ImportRefused(faults=faults, fault_count=count, count=count)
