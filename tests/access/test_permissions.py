"""Every operation asks for the one permission that is written here."""

from typing import Any

import httpx
import pytest

from app.core.caller import Permission
from app.core.openapi import operations
from app.main import document
from tests.factories import Given, Key

NEEDS = {
    "getFaultyRows": "imports:read",
    "getOperation": "operations:read",
    "cancelOperation": "operations:write",
    "listRegistryImports": "imports:read",
    "getRegistryImport": "imports:read",
    "undoRegistryImport": "imports:write",
    "uploadStagedImport": "imports:write",
    "listStagedImports": "imports:read",
    "getStagedImport": "imports:read",
    "listStagedFaults": "imports:read",
    "previewStagedImport": "imports:write",
    "confirmStagedImport": "imports:write",
    "discardStagedImport": "imports:write",
    "createInspectedObject": "objects:write",
    "correctInspectedObject": "objects:write",
    "importDepartments": "departments:write",
    "listDepartments": "departments:read",
    "getDepartment": "departments:read",
    "recordDepartmentCapability": "departments:write",
    "listDepartmentCapabilities": "departments:read",
    "listDepartmentCoverages": "departments:read",
    "getCoverageTotals": "departments:read",
    "importDivisions": "codes:write",
    "importIndustries": "codes:write",
    "importInspectedObjects": "objects:write",
    "listInspectedObjects": "objects:read",
    "getInspectedObject": "objects:read",
    "listObjectVersions": "objects:read",
    "computeDirectoryDigest": "objects:read",
    "listCreditClasses": "credit:read",
    "importObjectTags": "objects:write",
    "importObjectCounts": "objects:write",
    "recordSpecialDirectory": "objects:write",
    "listSpecialDirectories": "objects:read",
    "importSpecialEntries": "objects:write",
    "listSpecialEntries": "objects:read",
    "saveObjectQuery": "queries:write",
    "listSavedQueries": "objects:read",
    "listSavedQueryVersions": "objects:read",
    "getSavedQuery": "objects:read",
    "recordRegistryFeed": "objects:write",
    "listRegistryFeeds": "objects:read",
    "computeFeedQuality": "objects:read",
    "requestCorrection": "corrections:write",
    "listCorrections": "objects:read",
    "getCorrection": "objects:read",
    "decideCorrection": "corrections:write",
    "getObjectProfile": "results:read",
    "createCreditRepairNotices": "disposals:write",
    "importCreditClasses": "credit:write",
    "getCreditClass": "credit:read",
    "exportInspectedObjects": "objects:read",
    "exportObjectTags": "objects:read",
    "exportObjectCounts": "objects:read",
    "exportSpecialEntries": "objects:read",
    "exportInspectors": "inspectors:read",
    "exportInspectionItems": "items:read",
    "getFileTemplate": "departments:read",
    "importInspectionItems": "items:write",
    "listInspectionItems": "items:read",
    "getInspectionItem": "items:read",
    "listInspectionItemVersions": "items:read",
    "publishInspectionItems": "items:write",
    "importInspectors": "inspectors:write",
    "listInspectors": "inspectors:read",
    "getInspector": "inspectors:read",
    "listInspectorVersions": "inspectors:read",
    "importCertificates": "inspectors:write",
    "listMissingInspectors": "inspectors:read",
    "recordLeave": "inspectors:write",
    "listLeaves": "inspectors:read",
    "declareInterest": "interests:write",
    "recordRule": "rules:write",
    "importCalendar": "rules:write",
    "createPlan": "plans:write",
    "listPlans": "plans:read",
    "getPlan": "plans:read",
    "submitPlan": "plans:submit",
    "approvePlan": "plans:approve",
    "addPlanLine": "plans:write",
    "listPlanLines": "plans:read",
    "getPlanLine": "plans:read",
    "createDraw": "draws:prepare",
    "listDraws": "draws:read",
    "createAttempt": "draws:prepare",
    "requestDrawChange": "draws:change",
    "decideDrawChange": "draws:approve",
    "listDrawChanges": "draws:read",
    "listAmendments": "evidence:read",
    "getDraw": "draws:read",
    "previewDraw": "draws:read",
    "getLoadReport": "draws:read",
    "freezeDraw": "draws:prepare",
    "commitDraw": "draws:prepare",
    "seedDraw": "draws:seed",
    "getCeremony": "draws:read",
    "addEscrowReceipt": "draws:seed",
    "enterSourceValue": "draws:seed",
    "runDraw": "draws:run",
    "listSelectedObjects": "draws:read",
    "listCapExceptions": "draws:read",
    "listSeats": "draws:read",
    "listAssistingSeats": "draws:read",
    "getEvidenceBundle": "evidence:read",
    "publishSubject": "publications:write",
    "listPublications": "publications:read",
    "listPublicationObligations": "publications:read",
    "listInspectionTasks": "tasks:read",
    "createInspectionTask": "tasks:dispatch",
    "getInspectionTask": "tasks:read",
    "getInspectionProgress": "tasks:read",
    "listInspections": "tasks:read",
    "listInspectionChecklists": "tasks:read",
    "requestReplacement": "replacements:request",
    "endorseReplacement": "replacements:approve",
    "approveReplacement": "replacements:approve",
    "listReplacementCounts": "evidence:read",
    "listOfficerNotices": "tasks:read",
    "requestRecusal": "recusals:request",
    "listRecusals": "inspectors:read",
    "getRecusal": "inspectors:read",
    "decideRecusal": "recusals:decide",
    "listRecusalCounts": "evidence:read",
    "getReplacement": "tasks:read",
    "listFindings": "results:read",
    "enterFindings": "results:enter",
    "signFindings": "results:sign",
    "reviewFindings": "results:review",
    "listDisposals": "results:read",
    "createDisposal": "disposals:write",
    "getDisposal": "results:read",
    "addDisposalStep": "disposals:write",
    "createWebhookSubscription": "webhooks:write",
    "listWebhookSubscriptions": "webhooks:read",
    "getWebhookSubscription": "webhooks:read",
    "disableWebhookSubscription": "webhooks:write",
    "enableWebhookSubscription": "webhooks:write",
    "registerKey": "keys:write",
    "listKeys": "keys:read",
    "revokeKey": "keys:write",
    "replayTargetDraw": "sampling:run",
    "replayInspectorDraw": "sampling:run",
    "replayBundle": "sampling:run",
    "computeTicket": "sampling:run",
}
PUBLIC = {
    "listPublicInspectionItems",
    "listPublicPublications",
    "getPublicPublication",
    "listPublicDraws",
    "getPublicDraw",
    "getPublicCommitment",
    "getPublicBundle",
    "getHealth",
    "listRules",
    "computeDeadline",
    "getLedgerKey",
    "getLatestCheckpoint",
    "getCheckpoint",
    "listLedgerEntries",
    "getInclusionProof",
    "getConsistencyProof",
}
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, method, operation in operations(document())
}
GUARDED = sorted(name for name, (_, _, shown) in OPERATIONS.items() if "security" in shown)


@pytest.fixture(scope="module")
async def key_without(standing: Given) -> dict[str, Key]:
    """For each permission a key that holds another one alone."""
    plans, departments = await standing.key("plans:read"), await standing.key("departments:read")
    return {p.value: departments if p == Permission.PLANS_READ else plans for p in Permission}


def needed_by(operation: str) -> str:
    """The permission that the document shows."""
    permission: str = OPERATIONS[operation][2]["security"][0]["HTTPBearer"][0]
    return permission


async def call(http: httpx.AsyncClient, operation: str, key: Key | None) -> httpx.Response:
    method, path, described = OPERATIONS[operation]
    places = {p["name"]: _example(p) for p in described.get("parameters", []) if p["in"] == "path"}
    return await http.request(method, path.format(**places), auth=key)


def _example(parameter: dict[str, Any]) -> Any:
    schema = parameter["schema"]
    return [*schema.get("examples", []), *schema.get("enum", [])][0]


def test_every_operation_is_public_or_stands_in_the_table() -> None:
    assert {name: needed_by(name) for name in GUARDED} == NEEDS
    assert set(OPERATIONS) - set(GUARDED) == PUBLIC


@pytest.mark.parametrize("operation", GUARDED)
async def test_an_operation_needs_a_key_with_its_permission(
    standing: Given, key_without: dict[str, Key], operation: str
) -> None:
    nobody = await call(standing.http, operation, None)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not-authenticated")
    needed = needed_by(operation)
    refused = await call(standing.http, operation, key_without[needed])
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    assert f" {needed}." in refused.json()["texts"]["en"]


@pytest.mark.parametrize("operation", sorted(PUBLIC & set(OPERATIONS)))
async def test_a_public_operation_needs_no_key(standing: Given, operation: str) -> None:
    assert (await call(standing.http, operation, None)).status_code not in {401, 403}
