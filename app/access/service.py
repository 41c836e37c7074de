"""Registering and revoking keys."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import queries
from app.access.errors import DepartmentNotVisible, KeyTaken, PermissionNotHeld
from app.access.models import ApiKey, ApiKeyRevocation
from app.access.schemas import ApiKeyEvent, ApiKeyRegister
from app.core import events
from app.core.caller import EVERY_DEPARTMENT, Caller


def check_department(caller: Caller, department: str) -> None:
    """The second check beside the row policy.

    Raises DepartmentNotVisible."""
    if EVERY_DEPARTMENT not in caller.departments and department not in caller.departments:
        raise DepartmentNotVisible(department=department)


async def register_key(
    session: AsyncSession, key_id: str, body: ApiKeyRegister, *, caller: Caller, now: datetime
) -> ApiKey:
    """Register a key; the same key again changes nothing."""
    for department in (body.department_code, *body.departments):
        check_department(caller, department)
    missing = sorted(set(body.permissions) - caller.permissions)
    if missing:
        raise PermissionNotHeld(permissions=", ".join(missing))
    known = await session.get(ApiKey, key_id)
    if known is not None:
        if known.digest != body.sha256:
            raise KeyTaken
        return known
    key = ApiKey(
        key_id=key_id,
        created_at=now,
        created_by=caller.key_id,
        digest=body.sha256,
        permissions=sorted(body.permissions),
        **body.model_dump(exclude={"sha256", "permissions"}),
    )
    session.add(key)
    await session.flush()
    _record(session, "key.registered", key, caller=caller, now=now)
    return key


async def revoke_key(
    session: AsyncSession, key_id: str, *, caller: Caller, now: datetime
) -> ApiKeyRevocation:
    """Close a key at once; every later request with it is refused."""
    key = await queries.get_key(session, key_id)
    revocation = ApiKeyRevocation(
        key_id=key.key_id,
        department_code=key.department_code,
        digest=key.digest,
        revoked_at=now,
        revoked_by=caller.key_id,
    )
    session.add(revocation)
    await session.flush()
    _record(session, "key.revoked", key, caller=caller, now=now)
    return revocation


def _record(
    session: AsyncSession, kind: str, key: ApiKey, *, caller: Caller, now: datetime
) -> None:
    events.record(
        session,
        kind=kind,
        subject=f"key/{key.key_id}",
        department=key.department_code,
        payload=ApiKeyEvent(
            key_id=key.key_id,
            department_code=key.department_code,
            permissions=key.permissions,
        ),
        caller=caller,
        at=now,
    )
