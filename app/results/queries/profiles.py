"""The profile of one object 精准画像, in two statements: what the directory holds of it, and what
its inspections came to."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, TextualSelect, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import day_in_china
from app.registry.errors import ObjectNotFound
from app.results.queries.credit_repair import Repair, repair_of
from app.results.schemas import ObjectProfileRead
from app.rules import queries as rules

_DIRECTORY = """
SELECT to_jsonb(o) AS entry, told.source AS import_source, told.imported_at,
    (SELECT to_jsonb(owner) FROM (
        SELECT DISTINCT ON (f.code) f.code AS feed_code, f.producer, f.provider,
            f.responsible_department, f.source
        FROM openlot.registry_feed AS f
        WHERE f.department_code = :department AND f.kind = 'objects'
        ORDER BY f.code, f.version DESC) AS owner
     WHERE owner.source IN (o.source, told.source)
     ORDER BY owner.source = o.source DESC LIMIT 1) AS owner,
    (SELECT jsonb_agg(to_jsonb(one) ORDER BY directory_code, licence_no) FROM (
        SELECT DISTINCT ON (e.directory_code, e.licence_no) e.directory_code, e.licence_no,
            e.licence_name, e.licence_issuer, e.expires_on, e.held, i.source,
            (SELECT d.name FROM openlot.special_directory AS d
             WHERE d.department_code = :department AND d.code = e.directory_code
             ORDER BY d.version DESC LIMIT 1) AS directory_name
        FROM openlot.special_entry AS e JOIN openlot.registry_import AS i ON i.id = e.import_id
        WHERE e.department_code = :department AND e.object_code = :code AND e.valid_from <= :on
        ORDER BY e.directory_code, e.licence_no, e.valid_from DESC, e.import_sequence DESC) AS one
     WHERE held) AS licences,
    (SELECT jsonb_build_object('tags', t.tags, 'valid_from', t.valid_from, 'source', i.source)
     FROM openlot.object_tag AS t JOIN openlot.registry_import AS i ON i.id = t.import_id
     WHERE t.department_code = :department AND t.object_code = :code AND t.valid_from <= :on
     ORDER BY t.valid_from DESC, t.import_sequence DESC LIMIT 1) AS tags,
    (SELECT jsonb_agg(to_jsonb(one) ORDER BY kind) FROM (
        SELECT DISTINCT ON (c.kind) c.kind, c.number, c.counted_from, c.counted_to, i.source
        FROM openlot.object_count AS c JOIN openlot.registry_import AS i ON i.id = c.import_id
        WHERE c.department_code = :department AND c.object_code = :code AND c.counted_to <= :on
        ORDER BY c.kind, c.counted_to DESC, c.import_sequence DESC) AS one) AS counts,
    CASE WHEN :graded THEN
        (SELECT coalesce(jsonb_agg(jsonb_build_object('credit_class', c.credit_class,
            'valid_from', c.valid_from, 'source', i.source, 'recorded_at', i.imported_at)
            ORDER BY c.valid_from DESC, c.import_sequence DESC), '[]')
         FROM openlot.credit_class AS c JOIN openlot.registry_import AS i ON i.id = c.import_id
         WHERE c.department_code = :department AND c.object_code = :code)
    END AS credit_classes,
    (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'fact', r.fact, 'held_value', r.held_value,
        'right_value', r.right_value, 'due_on', r.due_on) ORDER BY r.due_on, r.id)
     FROM openlot.correction_request AS r
     WHERE r.department_code = :department AND r.object_code = :code AND NOT EXISTS (
        SELECT FROM openlot.correction_answer AS a WHERE a.request_id = r.id)) AS corrections
FROM openlot.inspected_object AS o
JOIN openlot.registry_import AS told ON told.id = o.import_id
WHERE o.department_code = :department AND o.code = :code
"""
_INSPECTIONS = """
WITH disposed AS (
    SELECT d.*, coalesce((SELECT s.kind FROM openlot.disposal_step AS s
            WHERE s.disposal_id = d.id ORDER BY s.number DESC LIMIT 1), 'open') AS state,
        (SELECT max(w.reviewed_at) FROM openlot.result_review AS w
         WHERE w.task_code = d.task_code AND w.object_code = d.object_code
            AND w.department_code = d.department_code AND w.decision = 'approved') AS approved_at
    FROM openlot.disposal AS d WHERE d.object_code = :code
), visited AS (
    SELECT v.department_code, v.inspected_on, v.task_code, t.national_key, t.task_name,
        e.method, e.findings,
        (SELECT jsonb_agg(jsonb_build_object('id', d.id, 'item_code', d.item_code, 'kind', d.kind,
            'due_on', d.due_on, 'state', d.state) ORDER BY d.opened_at, d.id)
         FROM disposed AS d
         WHERE d.task_code = v.task_code AND d.department_code = v.department_code) AS disposals
    FROM openlot.object_inspection AS v
    JOIN openlot.department_task AS t USING (task_code, department_code)
    JOIN LATERAL (
        SELECT e.method, e.findings FROM openlot.result_entry AS e
        WHERE e.task_code = v.task_code AND e.object_code = v.object_code
            AND e.department_code = v.department_code
        ORDER BY e.version DESC LIMIT 1) AS e ON true
    WHERE v.object_code = :code
    ORDER BY v.inspected_on DESC, v.task_code, v.department_code LIMIT 50
)
SELECT
    (SELECT jsonb_agg(to_jsonb(visited)) FROM visited) AS inspections,
    (SELECT jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'closed', state = 'closed',
        'approved_at', approved_at) ORDER BY opened_at, id)
     FROM disposed WHERE department_code = :department) AS disposals,
    (SELECT n.noticed_at FROM disposed AS d
     LEFT JOIN openlot.credit_repair_notice AS n ON n.disposal_id = d.id
     WHERE d.department_code = :department
     ORDER BY d.opened_at DESC, d.id DESC LIMIT 1) AS noticed_at,
    (SELECT r.value FROM openlot.rule AS r WHERE r.key = :rule AND r.valid_from <= :on
     ORDER BY r.valid_from DESC, r.sequence DESC LIMIT 1) AS days
"""


async def get_profile(
    session: AsyncSession, department: str, code: str, now: datetime, *, graded: bool
) -> ObjectProfileRead:
    """What is known of an object of a department's directory; its classes only if `graded`. Of the
    inspections those of all departments that the transaction sees.

    Raises ObjectNotFound."""
    today = day_in_china(now)
    asked = {"department": department, "code": code, "on": today}
    directory = _typed(_DIRECTORY, "entry owner licences tags counts credit_classes corrections")
    held = (await session.execute(directory, asked | {"graded": graded})).mappings().first()
    if held is None:
        raise ObjectNotFound(object=code)
    came = _typed(_INSPECTIONS, "inspections disposals days")
    found = (await session.execute(came, asked | {"rule": rules.REPAIR_DAYS})).mappings().one()
    steps = [Repair.from_json(one) for one in found["disposals"] or []]
    return ObjectProfileRead.model_validate(
        {
            "facts": _facts(held),
            "licences": [_without(one, "held") for one in held["licences"] or []],
            "tags": held["tags"],
            "counts": held["counts"] or [],
            "credit_classes": held["credit_classes"],
            "corrections": held["corrections"] or [],
            "inspections": [_inspection(one) for one in found["inspections"] or []],
            "credit_repair": repair_of(steps, found["days"] or {}, today, found["noticed_at"]),
        }
    )


def _typed(query: str, columns: str) -> TextualSelect:
    """The statement with its columns of JSON read as such."""
    names = dict.fromkeys(columns.split(), JSONB)
    return text(query).columns(**names)


def _facts(held: RowMapping) -> dict[str, Any]:
    entry = _without(held["entry"], "import_id")
    return {
        "entry": entry,
        "import_id": held["entry"]["import_id"],
        "import_source": held["import_source"],
        "recorded_at": held["imported_at"],
        "owner": None if held["owner"] is None else _without(held["owner"], "source"),
    }


def _inspection(one: dict[str, Any]) -> dict[str, Any]:
    shown = _without(one, "task_code", "national_key")
    return shown | {"task_key": one["national_key"], "disposals": one["disposals"] or []}


def _without(one: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in names}
