"""Each column is classed, and what needs no key shows public columns only.

How far this reaches: a field of a public answer is compared with the column that it shows, named
in SHOWS. What an answer computes instead (a hash, a size) stands in COMPUTED with its source. The
free text of a log entry is checked on an event as `entry_data` writes it. Handlers are not read."""

from datetime import UTC, datetime
from uuid import UUID

from app.core.database import Disclosure
from app.core.events import Event
from app.core.openapi import reached
from app.ledger.service import entry_data
from app.main import metadata
from app.sampling.openlot1 import canonical
from tests.house.reading import all_operations, document

_COMMITTED = {
    "draw_id": "draw.draw_id",
    "attempt": "draw.attempt",
    "stage": "draw.stage",
    "purpose": "draw.purpose",
    "committed_at": "draw_step.taken_at",
}
_OF_ITEM = (
    "department_code code version name category sub_items legal_basis basis duties checked_by"
    " objects object_kinds ratio_text frequency_text caps methods method_codes"
    " inspector_requirement qualifications remark valid_from valid_to recorded_at"
)
SHOWS = {
    "LedgerEntryRead": {
        "index": "ledger_entry.index",
        "leaf_hash": "ledger_entry.leaf_hash",
        "recorded_at": "ledger_entry.recorded_at",
    },
    "InclusionProof": {"index": "ledger_entry.index", "leaf_hash": "ledger_entry.leaf_hash"},
    "RuleRead": {
        "key": "rule.key",
        "valid_from": "rule.valid_from",
        "value": "rule.value",
        "source": "rule.source",
        "recorded_at": "rule.recorded_at",
    },
    "PublicationRead": {
        "id": "publication.id",
        "kind": "publication.kind",
        "subject": "publication.subject",
        "version": "publication.version",
        "lead_department_code": "publication.lead_department_code",
        "content": "publication.content",
        "content_sha256": "publication.content_sha256",
        "due_on": "publication.due_on",
        "channel": "publication.channel",
        "published_at": "publication.published_at",
        "supersedes_id": "publication.supersedes_id",
    },
    "PublicDrawRead": _COMMITTED,
    "PublicDrawDetailRead": _COMMITTED,
    "DisclosureRuleRead": {"source": "rule.source"},
    "PublicInspectionItemRead": {
        **{name: f"inspection_item.{name}" for name in _OF_ITEM.split()},
        "published_at": "inspection_item_publication.published_at",
    },
}
_VOID = {"voided_at", "void_reason", "voided_from", "same_population"}
"""The number of attempts and voids is public at once (draw-spec 9)."""
COMPUTED = {
    "LedgerEntryPage": {"items", "next"},
    "LedgerKey": {"vkey"},
    "LedgerEntryRead": {"data"},
    "InclusionProof": {"size", "data", "path", "root"},
    "ConsistencyProof": {"old", "new", "old_root", "new_root", "path"},
    "Health": {"status", "guarantees"},
    "GuaranteeRead": {"name", "holds", "zh", "en"},
    "RuleList": {"items", "next"},
    "PublicationPage": {"items", "next"},
    "PublicDrawPage": {"items", "next"},
    "PublicDrawRead": {"attempts", "cd", "not_before", *_VOID},
    "PublicDrawDetailRead": {"attempts", "cd", "not_before", "calendar", *_VOID},
    "DisclosureRead": {"what", "public_from", "at_latest", "rule"},
    "DisclosureRuleRead": {"zh", "en"},
    "PublicInspectionItemPage": {"items", "next"},
    "PublicInspectionItemRead": {"standard_of", "standard_version"},
    "InspectionSubItemRead": {"no", "name", "lines"},
    "LegalBasisRead": {"law", "article", "valid_from", "valid_to"},
    "DepartmentDutyRead": {"kind", "number", "title"},
    "InspectionCapsRead": {"min_ratio", "max_ratio", "min_per_year", "max_per_year"},
    "StandardRef": {"department_code", "item_code"},
    "DeadlineRead": {"start", "working_days", "due_on", "provisional"},
}
"""Of an entry, null while it is withheld; of the tree, whose nodes are public; of the signing key; of the database's roles; of a day that
the caller gives and the public calendar; of a commitment, which is public once it is logged; of
the rule of disclosure and the moments that it names, of public columns alone; the members of
columns of an item that are JSON, and the columns that name its standard."""
ENTRY = {
    "at": "occurred_at",
    "digest": "digest",
    "id": "id",
    "public": "published",
    "subject": "subject",
    "type": "type",
}
"""Member of a log entry -> column of `event`. `subject` is internal, so it is left empty where
nothing of the event is published; what publishes names its subject anyway."""


def columns() -> dict[str, Disclosure | None]:
    found = {
        f"{table.name}.{column.name}": column.info.get("disclosure")
        for table in metadata.sorted_tables
        for column in table.columns
    }
    assert len(found) >= 120
    return found


def test_every_column_is_classed():
    assert [name for name, class_ in columns().items() if class_ not in set(Disclosure)] == []
    assert len({*columns().values()}) >= 2


def test_classes_salts_and_credit_are_never_public():
    for name in ("credit_class.credit_class", "event.salt", "event.payload", "draw_file.data"):
        assert columns()[name] is not Disclosure.PUBLIC, name


def public_schemas() -> set[str]:
    answers = [
        operation["responses"]
        for _, _, operation in all_operations().values()
        if "security" not in operation
    ]
    assert len(answers) >= 7
    found = reached(answers, document()["components"]["schemas"])
    return {name for name in found if not name.startswith("Problem")}


def test_answers_without_a_key_show_public_columns_only():
    fields = {
        (name, field)
        for name in public_schemas()
        for field in document()["components"]["schemas"][name]["properties"]
    }
    assert len(fields) >= 20
    explained = {(name, field) for name, shown in SHOWS.items() for field in shown}
    explained |= {(name, field) for name, made in COMPUTED.items() for field in made}
    assert fields == explained, "a field without key: say which column it shows"
    for shown in SHOWS.values():
        for column in shown.values():
            assert columns()[column] is Disclosure.PUBLIC, column


def make_event(published: dict[str, object]) -> Event:
    return Event(
        id=UUID(int=1),
        type="plan.created",
        subject="plan/secret",
        department_code="D-1",
        payload={"name": "hidden"},
        published=published,
        salt="5a" * 16,
        digest="ab" * 32,
        occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
        occurred_by="somebody",
        request_id="0f",
    )


def test_an_entry_of_the_log_shows_public_columns_only():
    entry = canonical.loads(entry_data(make_event({})))
    assert set(entry) == set(ENTRY)
    for member, column in ENTRY.items():
        public = columns()[f"event.{column}"] is Disclosure.PUBLIC
        assert public or entry[member] == "", member
    text = entry_data(make_event({"cd": "1"})).decode()
    for secret in ("hidden", "5a5a", "somebody", "D-1"):
        assert secret not in text
