"""A row of any table, so that a rule can be tried on every table that there is."""

from collections.abc import Mapping

from sqlalchemy import Date, DateTime, Integer, LargeBinary, Table, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Boolean, TypeEngine

LITERALS: Mapping[type[TypeEngine], str] = {
    ARRAY: "'{}'",
    JSONB: "'{}'",
    Boolean: "false",
    Date: "current_date",
    DateTime: "now()",
    Integer: "1",
    LargeBinary: "'\\x00'",
    Uuid: "gen_random_uuid()",
}


def account(url: str) -> str:
    """The role of an address."""
    return str(make_url(url).username)


def insertion(table: Table, department: str) -> str:
    """SQL that inserts a row of any value; of `department`, if the table knows departments."""
    values = {
        f'"{column.name}"': f"'{department}'"
        if column.name == "department_code"
        else _any(column.type)
        for column in table.c
        if not column.identity
    }
    return (
        f"INSERT INTO {table.fullname} ({', '.join(values)}) VALUES ({', '.join(values.values())})"
    )


def _any(kind: TypeEngine) -> str:
    return next((sql for known, sql in LITERALS.items() if isinstance(kind, known)), "'x'")


async def put(connection: AsyncConnection, table: Table, department: str) -> None:
    """As superuser insert a row past every check and trigger of the table, within the present
    transaction, which must be rolled back."""
    checks = await connection.scalars(
        text("SELECT conname FROM pg_constraint WHERE conrelid = :t ::regclass AND contype = 'c'"),
        {"t": table.fullname},
    )
    for check in checks.all():
        await connection.execute(text(f'ALTER TABLE {table.fullname} DROP CONSTRAINT "{check}"'))
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    await connection.execute(text(insertion(table, department)))
    await connection.execute(text("SET LOCAL session_replication_role = origin"))
