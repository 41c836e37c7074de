"""Feeding the registry: all of a file or nothing of it."""

from app.registry.service.codes import import_divisions, import_industries
from app.registry.service.corrections import (
    answer_correction,
    record_feed,
    request_correction,
)
from app.registry.service.dated_facts import (
    import_counts,
    import_entries,
    import_tags,
    record_directory,
    record_inspection,
)
from app.registry.service.departments import (
    import_departments,
    record_capability,
)
from app.registry.service.imports import Feed
from app.registry.service.inspectors import (
    import_certificates,
    import_inspectors,
    record_leave,
)
from app.registry.service.items import (
    import_items,
    publish_items,
)
from app.registry.service.marking import mark_faults
from app.registry.service.objects import import_credit_classes, import_objects
from app.registry.service.records import correct_object, create_object
from app.registry.service.recusals import (
    decide_recusal,
    declare_interest,
    lock_pair,
    open_found,
    request_recusal,
)
from app.registry.service.saved_queries import (
    save_query,
)
from app.registry.service.staging import confirm, discard, preview_again, upload
from app.registry.service.undoing import ask_undo

__all__ = [
    "Feed",
    "answer_correction",
    "ask_undo",
    "confirm",
    "correct_object",
    "create_object",
    "decide_recusal",
    "declare_interest",
    "discard",
    "import_certificates",
    "import_counts",
    "import_credit_classes",
    "import_departments",
    "import_divisions",
    "import_entries",
    "import_industries",
    "import_inspectors",
    "import_items",
    "import_objects",
    "import_tags",
    "lock_pair",
    "mark_faults",
    "open_found",
    "preview_again",
    "publish_items",
    "record_capability",
    "record_directory",
    "record_feed",
    "record_inspection",
    "record_leave",
    "request_correction",
    "request_recusal",
    "save_query",
    "upload",
]
