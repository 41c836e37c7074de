"""What can go wrong with keys.

DomainError
├── NotFound 404 ── KeyNotFound
├── Conflict 409 ── KeyTaken, KeyRevokedAlready
└── Forbidden 403 ── DepartmentNotVisible, PermissionNotHeld
"""

from app.core.problems import Conflict, DomainError, Forbidden, NotFound


class KeyNotFound(NotFound):
    code = "key-not-found"
    zh = "没有这个密钥。"
    en = "There is no such key."


class KeyTaken(Conflict):
    code = "key-taken"
    zh = "该密钥编号已登记为另一密钥。"
    en = "The key id is registered for another key."


class KeyRevokedAlready(Conflict):
    code = "key-revoked-already"
    zh = "该密钥已被吊销。"
    en = "The key was revoked before."


class DepartmentNotVisible(Forbidden):
    code = "department-not-visible"
    zh = "无权代表部门“{department}”办理。"
    en = "The key may not act for department {department}."


class PermissionNotHeld(Forbidden):
    code = "permission-not-held"
    zh = "不能授予自己没有的权限：{permissions}。"
    en = "One cannot grant what one does not hold: {permissions}."


CONSTRAINTS: dict[str, type[DomainError]] = {
    "pk_api_key": KeyTaken,
    "uq_api_key_digest": KeyTaken,
    "pk_api_key_revocation": KeyRevokedAlready,
}
