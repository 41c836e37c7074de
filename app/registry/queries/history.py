"""What a directory said at a moment: the present states that were known then, and the former ones
that had not ended."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, literal, null, select, union_all
from sqlalchemy.orm import aliased

from app.registry.models import InspectedObject, InspectedObjectVersion, RegistryImport

_COLUMNS = tuple(InspectedObject.__table__.columns.keys())


def object_as_of(department: str, known_at: datetime) -> type[InspectedObject]:
    """The entries of a directory as they were known at a moment, to be selected from like
    InspectedObject. An import counts from the moment at which it was recorded."""
    present = select(*(getattr(InspectedObject, name) for name in _COLUMNS)).where(
        InspectedObject.department_code == department,
        _recorded(InspectedObject.import_id, known_at),
    )
    former = select(*(getattr(InspectedObjectVersion, name) for name in _COLUMNS)).where(
        InspectedObjectVersion.department_code == department,
        _recorded(InspectedObjectVersion.import_id, known_at),
        ~_recorded(InspectedObjectVersion.ended_import_id, known_at),
    )
    known = union_all(present, former).subquery("known")
    return aliased(InspectedObject, known)


def select_states(department: str, code: str) -> Select[Any]:
    """All states of one object with the import that brought each and the id of the one that ended
    it (NULL for the present state); order by version."""
    present = select(
        *(getattr(InspectedObject, name) for name in _COLUMNS),
        null().label("ended_import_id"),
    ).where(InspectedObject.department_code == department, InspectedObject.code == code)
    former = select(
        *(getattr(InspectedObjectVersion, name) for name in _COLUMNS),
        InspectedObjectVersion.ended_import_id,
    ).where(
        InspectedObjectVersion.department_code == department, InspectedObjectVersion.code == code
    )
    states = union_all(present, former).subquery("state")
    brought = aliased(RegistryImport)
    return (
        select(states, brought)
        .join(brought, brought.id == states.c.import_id)
        .order_by(states.c.version.desc())
    )


def _recorded(import_id: Any, known_at: datetime) -> Any:
    """Whether an import was recorded by then."""
    return exists(
        select(literal(1)).where(
            RegistryImport.id == import_id, RegistryImport.imported_at <= known_at
        )
    )
