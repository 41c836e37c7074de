"""Reading the files that feed the registry. Pure: no database, so that a file can be checked
before it is sent."""

from app.registry.files.codes import check_divisions, check_industries
from app.registry.files.inspectors import check_inspectors
from app.registry.files.objects import check_credit_classes, check_objects
from app.registry.files.reading import CheckedFile, Faults

__all__ = [
    "CheckedFile",
    "Faults",
    "check_credit_classes",
    "check_divisions",
    "check_industries",
    "check_inspectors",
    "check_objects",
]
