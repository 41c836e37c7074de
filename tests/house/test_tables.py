"""Every table says who may write it, whose it is, and when and by whom a row came."""

import re

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import SCHEMA, Base
from app.core.migrate import RIGHTS
from app.core.settings import Settings
from app.main import metadata

NO_PERSON_ACTS = {
    "kept_reply.created_at": "the service keeps the answer; `caller_id` says whose",
    "ledger_entry.recorded_at": "the service appends; the event says who acted",
    "webhook_delivery.run_at": "when a worker is to act",
    "webhook_attempt.attempted_at": "a worker acts",
    "drawn_seat.drawn_at": "the draw's step says who drew",
    "operation.started_at": "a worker acts; `requested_by` says for whom",
    "operation.finished_at": "a worker acts; `requested_by` says for whom",
    "assisting_seat.drawn_at": "the draw's step says who drew",
}
"""Moments of the machine: a column of these has no `*_by`."""
LONGEST_NAME = 63
SEEN_BY_ALL = {
    "ledger_entry": "the log is public",
    "ledger_node": "the log is public",
    "ledger_checkpoint": "the log is public",
    "department": "every department may know the others",
    "department_version": "every department may know the others",
    "division": "a national code table",
    "industry": "a national code table",
    "rule": "the law is the same for all",
    "calendar_day": "the national calendar",
    "publication": "what is published is public",
    "event_dispatch": "a worker's state; it holds nothing of the event",
}
"""Tables without a department, and why."""


def tables() -> list[Table]:
    found = list(metadata.sorted_tables)
    assert len(found) >= 21
    return found


def test_every_table_is_singular_and_in_the_one_schema():
    for table in tables():
        assert table.schema == SCHEMA, table.name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", table.name), table.name
        assert table.name.endswith("class") or not table.name.endswith("s"), table.name


def conventional(constraint: object, table: Table) -> str:
    columns = "_".join(c.name for c in getattr(constraint, "columns", []))
    match constraint:
        case PrimaryKeyConstraint():
            return f"pk_{table.name}"
        case ForeignKeyConstraint():
            return f"fk_{table.name}_{columns}"
        case UniqueConstraint():
            return f"uq_{table.name}_{columns}"
        case CheckConstraint():
            return rf"ck_{table.name}_[a-z_]+"
    raise AssertionError(f"{constraint} of {table.name} is of an unknown kind")


def test_constraints_and_indexes_are_named_by_the_convention():
    looked_at = 0
    for table in tables():
        for constraint in table.constraints:
            looked_at += 1
            name, wanted = str(constraint.name), conventional(constraint, table)
            if len(wanted) > LONGEST_NAME:
                wanted = rf"[a-z]+_{table.name}_[a-z]+"
            assert re.fullmatch(wanted, name), name
            assert len(name) <= LONGEST_NAME, f"Postgres would cut {name}, so no map would find it"
        for index in table.indexes:
            looked_at += 1
            names = "_".join(c.name for c in index.columns)
            assert index.name == f"ix_{table.name}_{names}"
    assert looked_at >= 50


def test_every_table_says_how_it_may_be_written():
    for table in tables():
        assert table.info.get("writes") in RIGHTS, f"{table.name} has no info['writes']"


def test_every_table_of_a_department_has_a_department():
    for table in tables():
        held = "department_code" in table.columns
        assert held == bool(table.info.get("department")), table.name
        assert held != (table.name in SEEN_BY_ALL), table.name
        if held:
            assert not table.columns["department_code"].nullable, table.name


async def test_row_policies_and_triggers_stand_in_the_database(
    settings: Settings, superuser: AsyncEngine
):
    async with superuser.connect() as connection:
        forced = set(
            await connection.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'openlot'::regnamespace"
                    " AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
                )
            )
        )
        policies = await connection.execute(
            text(
                "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check"
                " FROM pg_policies WHERE schemaname = 'openlot'"
            )
        )
        by_table: dict[str, dict[str, tuple]] = {}
        for table, name, *rest in policies:
            by_table.setdefault(table, {})[name] = tuple(rest)
        triggers = await connection.execute(
            text(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND t.tgenabled = 'O'"
            )
        )
        kept = {tuple(row) for row in triggers}
    of_departments = {table.name for table in tables() if table.info.get("department")}
    assert len(of_departments) >= 14
    assert forced == of_departments
    assert set(by_table) == of_departments
    for table, found in by_table.items():
        permissive, roles, command, using, checking = found["of_department"]
        assert (permissive, roles, command) == ("PERMISSIVE", "{public}", "ALL"), table
        assert "app.departments" in using, table
        assert using == checking, table
        others = set(found) - {"of_department"}
        assert others == ({"by_digest"} if table.startswith("api_key") else set()), table
    insert_only = {table.name for table in tables() if table.info["writes"] == "insert"}
    assert len(insert_only) >= 15
    wanted = {(t, name) for t in insert_only for name in ("keep_rows", "keep_table")}
    assert kept == wanted


def test_whoever_acts_stands_beside_the_moment():
    pairs = 0
    for table in tables():
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if not column.name.endswith("_at") or name in NO_PERSON_ACTS:
                continue
            pairs += 1
            person = table.columns.get(column.name.removesuffix("_at") + "_by")
            assert person is not None, f"{name} does not say by whom"
            assert person.nullable == column.nullable, name
            assert not column.nullable or refuses_half(table, column, person), (
                f"{name}: a CHECK must refuse half of the pair"
            )
    assert pairs >= 9
    known = {f"{table.name}.{column.name}" for table in tables() for column in table.columns}
    assert set(NO_PERSON_ACTS) <= known


def refuses_half(table: Table, moment: Column, person: Column) -> bool:
    wanted = f"({moment.name} IS NULL) = ({person.name} IS NULL)"
    checks = [c for c in table.constraints if isinstance(c, CheckConstraint)]
    return any(wanted in str(check.sqltext) for check in checks)


def test_moments_know_their_zone():
    moments = [c for t in tables() for c in t.columns if c.name.endswith(("_at", "_until"))]
    assert len(moments) >= 12
    for column in moments:
        assert column.type.timezone, f"{column.table.name}.{column.name}"  # type: ignore[attr-defined]  # timestamps only


def test_no_row_loads_another_by_itself():
    """Features are joined by queries; a lazy attribute would read outside of them."""
    mappers = list(Base.registry.mappers)
    assert len(mappers) == len(tables())
    eager = [str(r) for mapper in mappers for r in mapper.relationships if r.lazy != "raise"]
    assert eager == []
