"""Reading, checking and writing the files of the registry. Pure: no database, so that a file can be
checked before it is sent. The checking process imports this package often, so that what needs the
models is loaded only when it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.registry.files.codes import check_divisions, check_industries
    from app.registry.files.inspectors import check_certificates, check_inspectors
    from app.registry.files.reading import CheckedFile, Faults

__all__ = [
    "CheckedFile",
    "Faults",
    "check_certificates",
    "check_divisions",
    "check_industries",
    "check_inspectors",
]

_PLACES = {
    "CheckedFile": "reading",
    "Faults": "reading",
    "check_certificates": "inspectors",
    "check_divisions": "codes",
    "check_industries": "codes",
    "check_inspectors": "inspectors",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
