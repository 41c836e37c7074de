"""Reading the registry."""

from app.registry.queries.codes import get_industry_codes, get_region_codes
from app.registry.queries.departments import get_department, select_departments
from app.registry.queries.imports import next_import_sequence
from app.registry.queries.inspectors import get_inspector, select_inspectors, select_interests
from app.registry.queries.items import get_item, select_items
from app.registry.queries.objects import (
    find_class,
    get_object,
    region_prefix,
    select_classes,
    select_objects,
)

__all__ = [
    "find_class",
    "get_department",
    "get_industry_codes",
    "get_inspector",
    "get_item",
    "get_object",
    "get_region_codes",
    "next_import_sequence",
    "region_prefix",
    "select_classes",
    "select_departments",
    "select_inspectors",
    "select_interests",
    "select_items",
    "select_objects",
]
