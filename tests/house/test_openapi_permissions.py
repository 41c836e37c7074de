"""Who may call what, read from the document: a loop over `app.routes` would find nothing."""

from app.core.caller import Permission
from tests.house.reading import all_operations

PUBLIC_OPERATIONS = {
    "getHealth",
    "getLedgerKey",
    "getLatestCheckpoint",
    "getCheckpoint",
    "listLedgerEntries",
    "getInclusionProof",
    "getConsistencyProof",
    "listRules",
    "computeDeadline",
    "listPublicPublications",
    "listPublicInspectionItems",
    "getPublicPublication",
    "listPublicDraws",
    "getPublicDraw",
    "getPublicCommitment",
    "getPublicBundle",
}
"""Whoever watches the log, asks what the law says, reads what was published, or looks whether the
service lives, needs no key."""


def permissions_of(operation: dict) -> list[str]:
    return [scope for way in operation.get("security", []) for scope in way["HTTPBearer"]]


def scopes() -> dict[str, tuple[str, list[str]]]:
    """operationId -> (method, permissions)."""
    return {
        name: (method, permissions_of(operation))
        for name, (_, method, operation) in all_operations().items()
    }


def test_every_operation_needs_one_permission_or_is_public_on_purpose():
    known = {permission.value for permission in Permission}
    faults = [
        f"{name}: {found}"
        for name, (_, found) in scopes().items()
        if name not in PUBLIC_OPERATIONS and (len(found) != 1 or not known.issuperset(found))
    ]
    assert not faults, f"each of these needs exactly one Permission: {faults}"


def test_public_operations_are_what_the_document_shows_as_public():
    shown = {name for name, (_, found) in scopes().items() if not found}
    assert shown == PUBLIC_OPERATIONS
    assert {scopes()[name][0] for name in shown} == {"get"}


def test_reading_and_changing_share_no_permission():
    reading = {p for method, found in scopes().values() if method == "get" for p in found}
    changing = {p for method, found in scopes().values() if method != "get" for p in found}
    assert len(reading) >= 8
    assert len(changing) >= 8
    assert reading & changing == set()
    assert [p for p in changing if p.endswith(":read")] == []
    assert [p for p in reading if not p.endswith(":read")] == []


def test_every_permission_opens_something():
    used = {p for _, found in scopes().values() for p in found}
    assert {p.value for p in Permission} - used == set()
