"""The one list and two directories 一单两库, and the code tables that they use.

A present state stands in `inspected_object`; every state that ever was stands in
`inspected_object_version`, which is only ever added to.
"""

from app.registry.models.codes import Division, Industry, one_of
from app.registry.models.departments import Department
from app.registry.models.imports import RegistryImport
from app.registry.models.inspectors import (
    INSPECTOR_FACTS,
    DeclaredInterest,
    Inspector,
    InspectorFacts,
    InspectorStatus,
    InspectorVersion,
)
from app.registry.models.items import InspectionItem, ItemCategory
from app.registry.models.objects import (
    FACTS,
    CreditClass,
    CreditClassRecord,
    InspectedObject,
    InspectedObjectVersion,
    ObjectFacts,
    ObjectKind,
    ObjectStatus,
)

__all__ = [
    "FACTS",
    "INSPECTOR_FACTS",
    "CreditClass",
    "CreditClassRecord",
    "DeclaredInterest",
    "Department",
    "Division",
    "Industry",
    "InspectedObject",
    "InspectedObjectVersion",
    "InspectionItem",
    "Inspector",
    "InspectorFacts",
    "InspectorStatus",
    "InspectorVersion",
    "ItemCategory",
    "ObjectFacts",
    "ObjectKind",
    "ObjectStatus",
    "RegistryImport",
    "one_of",
]
