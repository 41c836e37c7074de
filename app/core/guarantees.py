"""What the database roles in use guarantee, and what they do not."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import SCHEMA


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A property of the roles: whether it holds, and what follows if not."""

    name: str
    holds: bool
    zh: str
    en: str


async def check_guarantees(session: AsyncSession) -> list[Guarantee]:
    """What the role of this session can be held to."""
    row = (
        await session.execute(
            text(
                "SELECT rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = :schema AND pg_has_role(current_user, c.relowner, 'MEMBER'))"
                " FROM pg_roles WHERE rolname = current_user"
            ),
            {"schema": SCHEMA},
        )
    ).one()
    superuser, bypasses, owns = row
    return [
        Guarantee(
            "history-append-only",
            not (superuser or owns),
            "运行账号拥有数据表，能够绕过“只增不改”的限制；请为运行另设账号（DATABASE_URL）。",
            "The runtime role owns the tables, so it could undo the append-only rule; give the "
            "service a role of its own (DATABASE_URL) beside OWNER_DATABASE_URL.",
        ),
        Guarantee(
            "departments-separated",
            not (superuser or bypasses),
            "运行账号不受行级安全策略约束，部门之间的数据只靠程序隔离。",
            "The runtime role bypasses row-level security; only the code keeps departments apart.",
        ),
    ]
