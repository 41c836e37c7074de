"""Feeding the registry: all of a file or nothing of it."""

from app.registry.service.codes import import_divisions, import_industries
from app.registry.service.departments import import_departments
from app.registry.service.imports import Feed
from app.registry.service.inspectors import declare_interest, import_inspectors
from app.registry.service.items import import_items
from app.registry.service.objects import import_credit_classes, import_objects

__all__ = [
    "Feed",
    "declare_interest",
    "import_credit_classes",
    "import_departments",
    "import_divisions",
    "import_industries",
    "import_inspectors",
    "import_items",
    "import_objects",
]
