"""The first key: made by who can reach the database, since no key can make it."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from app.access.queries import secret_digest
from app.access.schemas import ApiKeyRegister
from app.access.service import register_key
from app.core.caller import EVERY_DEPARTMENT, Caller, Permission
from app.core.database import Database
from app.core.settings import Settings
from app.ledger.service import seal_with
from app.main import database_url, load_log_key


async def make_key(
    settings: Settings,
    department: str,
    label: str,
    sees: Sequence[str],
    permissions: Sequence[str],
    person: str | None = None,
) -> str:
    """Register a key of `department` that also sees `sees` (`*`: all) and return its text, which
    is kept nowhere. Without `permissions` it may do everything."""
    key_id = secrets.token_hex(6)
    secret = f"olk_{key_id}_{secrets.token_urlsafe(32)}"
    granted = [Permission(p) for p in permissions] or list(Permission)
    body = ApiKeyRegister.model_construct(
        label=label,
        person=person,
        department_code=department,
        departments=list(sees),
        permissions=granted,
        sha256=secret_digest(secret),
        valid_until=None,
    )
    seal = seal_with(load_log_key(settings))
    database = Database(database_url(settings), settings, seal=seal)
    system = Caller(
        "command-line",
        label,
        "command-line",
        department,
        (EVERY_DEPARTMENT,),
        frozenset(Permission),
    )
    async with database.transaction(departments=EVERY_DEPARTMENT) as session:
        await register_key(session, key_id, body, caller=system, now=datetime.now(UTC))
    await database.dispose()
    return secret
