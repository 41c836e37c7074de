"""Finding keys."""

from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.errors import KeyNotFound
from app.access.models import ApiKey
from app.core.caller import Caller, Permission


def secret_digest(secret: str) -> str:
    """What is stored of a key. Keys hold 256 random bits, so a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


async def authenticate(session: AsyncSession, secret: str) -> Caller | None:
    """The holder of a key, or None; from then on the transaction sees the rows of the holder's
    departments. The row policy shows exactly the row whose digest is asked for, so this needs no
    right to see other keys."""
    row = (await session.execute(_RECOGNISE, {"digest": secret_digest(secret)})).one_or_none()
    return None if row is None else _caller(row)


# One round trip in place of three. The lateral row needs the digest that the first part answers
# with, so Postgres makes that setting before it looks for the key under the policy that reads it;
# in any other order no key would be found. OFFSET 0 keeps the two from being planned as one.
_RECOGNISE = text("""
WITH asked AS MATERIALIZED (SELECT set_config('app.key_digest', :digest, true) AS digest)
SELECT key_id, label, person, department_code, departments, permissions,
    set_config('app.departments', CASE WHEN '*' = ANY (departments) THEN '*'
        ELSE array_to_string(department_code || departments, ',') END, true)
FROM asked CROSS JOIN LATERAL (
    SELECT * FROM openlot.api_key
    WHERE api_key.digest = asked.digest AND (valid_until IS NULL OR valid_until > now())
        AND NOT EXISTS (
            SELECT FROM openlot.api_key_revocation AS revoked
            WHERE revoked.key_id = api_key.key_id
        )
    OFFSET 0
) AS found
""")
_PERMISSIONS = {permission.value: permission for permission in Permission}


def _caller(key: Row[Any]) -> Caller:
    return Caller(
        key_id=key.key_id,
        label=key.label,
        person=key.person or key.key_id,
        department=key.department_code,
        departments=tuple(sorted({key.department_code, *key.departments})),
        permissions=frozenset(_PERMISSIONS[p] for p in key.permissions if p in _PERMISSIONS),
    )


def select_keys() -> Select[ApiKey]:
    return select(ApiKey)


async def get_key(session: AsyncSession, key_id: str) -> ApiKey:
    found = await session.get(ApiKey, key_id)
    if found is None:
        raise KeyNotFound
    return found
