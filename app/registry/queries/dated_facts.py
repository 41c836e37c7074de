"""Reading what is told of objects from day to day: tags and counts."""

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.registry.models import CountKind, ObjectCountRecord, ObjectTagRecord


def select_tags(department: str, on: date) -> Select[ObjectTagRecord]:
    """The tags in force on a day, by object."""
    record = ObjectTagRecord
    return (
        select(record)
        .where(record.department_code == department, record.valid_from <= on)
        .ext(distinct_on(record.object_code))
        .order_by(record.object_code, record.valid_from.desc(), record.import_sequence.desc())
    )


def select_counts(department: str, counted: CountKind, on: date) -> Select[ObjectCountRecord]:
    """The newest numbers that were counted up to a day, by object."""
    record = ObjectCountRecord
    return (
        select(record)
        .where(
            record.department_code == department,
            record.kind == counted.value,
            record.counted_to <= on,
        )
        .ext(distinct_on(record.object_code))
        .order_by(record.object_code, record.counted_to.desc(), record.import_sequence.desc())
    )
