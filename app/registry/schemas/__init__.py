"""The registry as the API shows it."""

from app.registry.schemas.departments import (
    DepartmentEvent,
    DepartmentImport,
    DepartmentImportRow,
    DepartmentPage,
    DepartmentRead,
    DepartmentWrite,
)
from app.registry.schemas.fields import (
    IndustryCode,
    ItemCode,
    ListQuery,
    LongText,
    RegionCode,
    Source,
)
from app.registry.schemas.imports import ImportEvent, RegistryImportRead
from app.registry.schemas.inspectors import (
    InspectorPage,
    InspectorRead,
    InterestDeclare,
    InterestEvent,
    InterestRead,
)
from app.registry.schemas.items import (
    InspectionItemImport,
    InspectionItemPage,
    InspectionItemRead,
    InspectionItemWrite,
    SubItem,
)
from app.registry.schemas.objects import (
    CreditClassRead,
    InspectedObjectPage,
    InspectedObjectQuery,
    InspectedObjectRead,
)

__all__ = [
    "CreditClassRead",
    "DepartmentEvent",
    "DepartmentImport",
    "DepartmentImportRow",
    "DepartmentPage",
    "DepartmentRead",
    "DepartmentWrite",
    "ImportEvent",
    "IndustryCode",
    "InspectedObjectPage",
    "InspectedObjectQuery",
    "InspectedObjectRead",
    "InspectionItemImport",
    "InspectionItemPage",
    "InspectionItemRead",
    "InspectionItemWrite",
    "InspectorPage",
    "InspectorRead",
    "InterestDeclare",
    "InterestEvent",
    "InterestRead",
    "ItemCode",
    "ListQuery",
    "LongText",
    "RegionCode",
    "RegistryImportRead",
    "Source",
    "SubItem",
]
