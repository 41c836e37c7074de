"""Finding keys."""

from hashlib import sha256

from sqlalchemy import Select, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.errors import KeyNotFound
from app.access.models import ApiKey, ApiKeyRevocation
from app.core.caller import Caller, Permission


def secret_digest(secret: str) -> str:
    """What is stored of a key. Keys hold 256 random bits, so a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


async def authenticate(session: AsyncSession, secret: str) -> Caller | None:
    """The holder of a key, or None. The row policy shows exactly the row whose digest is asked
    for, so this needs no right to see other keys."""
    digest = secret_digest(secret)
    await session.execute(
        text("SELECT set_config('app.key_digest', :digest, true)"), {"digest": digest}
    )
    revoked = exists().where(ApiKeyRevocation.key_id == ApiKey.key_id)
    still_valid = or_(ApiKey.valid_until.is_(None), ApiKey.valid_until > func.now())
    key = await session.scalar(select(ApiKey).where(ApiKey.digest == digest, still_valid, ~revoked))
    return None if key is None else _caller(key)


def _caller(key: ApiKey) -> Caller:
    known = {p.value for p in Permission}
    return Caller(
        key_id=key.key_id,
        label=key.label,
        person=key.person or key.key_id,
        department=key.department_code,
        departments=tuple(sorted({key.department_code, *key.departments})),
        permissions=frozenset(Permission(p) for p in key.permissions if p in known),
    )


def select_keys() -> Select[ApiKey]:
    return select(ApiKey)


async def get_key(session: AsyncSession, key_id: str) -> ApiKey:
    found = await session.get(ApiKey, key_id)
    if found is None:
        raise KeyNotFound
    return found
