"""Keys of machine clients 接口密钥."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from app.access import queries, service
from app.access.errors import (
    DepartmentNotVisible,
    KeyNotFound,
    KeyRevokedAlready,
    KeyTaken,
    PermissionNotHeld,
)
from app.access.models import ApiKey
from app.access.schemas import ApiKeyPage, ApiKeyRead, ApiKeyRegister
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems

router = APIRouter(prefix="/v1/keys", tags=["access"])

KeyId = Annotated[str, Path(pattern=r"^[0-9a-z]{8,32}$", examples=["scjgywxt01"])]


@router.put(
    "/{key_id}",
    operation_id="registerKey",
    summary="Register a key 登记密钥",
    description="The client makes the key and sends its digest only. Repeating it changes nothing. "
    "One can grant only what one holds.",
    response_model=ApiKeyRead,
    responses=problems(DepartmentNotVisible, PermissionNotHeld, KeyTaken),
)
async def register_key(
    key_id: KeyId,
    body: ApiKeyRegister,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.KEYS_WRITE)],
) -> ApiKey:
    return await service.register_key(session, key_id, body, caller=caller, now=now)


@router.get(
    "",
    operation_id="listKeys",
    summary="Keys of one's departments 密钥列表",
    description="By id, without secrets.",
    response_model=ApiKeyPage,
    responses=problems(CursorInvalid),
)
async def list_keys(
    session: Session, page: Page, _: Annotated[Caller, requires(Permission.KEYS_READ)]
) -> dict[str, object]:
    items, after = await paginate(
        session, queries.select_keys(), order_by=[ApiKey.key_id], page=page
    )
    return {"items": items, "next": after}


@router.put(
    "/{key_id}/revocation",
    operation_id="revokeKey",
    summary="Revoke a key 吊销密钥",
    description="Takes effect at once and cannot be undone.",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(KeyNotFound, KeyRevokedAlready),
)
async def revoke_key(
    key_id: KeyId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.KEYS_WRITE)],
) -> None:
    await service.revoke_key(session, key_id, caller=caller, now=now)
