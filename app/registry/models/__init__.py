"""The one list and two directories 一单两库, and the code tables that they use.

A present state stands in `inspected_object`; every former one in `inspected_object_version`, which
is only ever added to.
"""

from app.registry.models.codes import Division, Industry, one_of
from app.registry.models.dated_facts import (
    CountKind,
    ObjectCountRecord,
    ObjectInspection,
    ObjectTagRecord,
)
from app.registry.models.departments import (
    Department,
    DepartmentCapability,
    DepartmentVersion,
    SupervisionMeans,
)
from app.registry.models.directories import SpecialDirectory, SpecialEntry
from app.registry.models.imports import (
    ImportMode,
    RegistryImport,
    StagedFault,
    StagedFilePart,
    StagedImport,
    StagedImportStep,
    StagingStep,
)
from app.registry.models.inspectors import (
    INSPECTOR_FACTS,
    CertificateHolder,
    Inspector,
    InspectorFacts,
    InspectorKind,
    InspectorLeave,
    InspectorStatus,
    InspectorVersion,
)
from app.registry.models.items import (
    DutyKind,
    InspectionItem,
    InspectionItemPublication,
    InspectionMethod,
    ItemCategory,
)
from app.registry.models.objects import (
    FACTS,
    OWN_CODE_KINDS,
    CreditClass,
    CreditClassRecord,
    InspectedObject,
    InspectedObjectVersion,
    ObjectFacts,
    ObjectKind,
    ObjectStatus,
)
from app.registry.models.quality import CorrectionAnswer, CorrectionRequest, RegistryFeed
from app.registry.models.recusals import (
    RecusalDecision,
    RecusalGround,
    RecusalOrigin,
    RecusalOutcome,
    RecusalRequest,
)
from app.registry.models.saved_queries import SavedQuery

__all__ = [
    "FACTS",
    "INSPECTOR_FACTS",
    "OWN_CODE_KINDS",
    "CertificateHolder",
    "CorrectionAnswer",
    "CorrectionRequest",
    "CountKind",
    "CreditClass",
    "CreditClassRecord",
    "Department",
    "DepartmentCapability",
    "DepartmentVersion",
    "Division",
    "DutyKind",
    "ImportMode",
    "Industry",
    "InspectedObject",
    "InspectedObjectVersion",
    "InspectionItem",
    "InspectionItemPublication",
    "InspectionMethod",
    "Inspector",
    "InspectorFacts",
    "InspectorKind",
    "InspectorLeave",
    "InspectorStatus",
    "InspectorVersion",
    "ItemCategory",
    "ObjectCountRecord",
    "ObjectFacts",
    "ObjectInspection",
    "ObjectKind",
    "ObjectStatus",
    "ObjectTagRecord",
    "RecusalDecision",
    "RecusalGround",
    "RecusalOrigin",
    "RecusalOutcome",
    "RecusalRequest",
    "RegistryFeed",
    "RegistryImport",
    "SavedQuery",
    "SpecialDirectory",
    "SpecialEntry",
    "StagedFault",
    "StagedFilePart",
    "StagedImport",
    "StagedImportStep",
    "StagingStep",
    "SupervisionMeans",
    "one_of",
]
