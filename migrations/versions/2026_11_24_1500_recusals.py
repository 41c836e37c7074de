"""Recusals requested, found, and decided by a named head; notices to officers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
MOMENT = sa.DateTime(timezone=True)
GROUND = "ground IN ('kinship', 'investment', 'employment', 'dispute', 'other')"
ORIGIN = "origin IN ('declared', 'requested', 'found')"
TABLES = ("recusal_request", "recusal_decision", "recusal_replacement", "officer_notice")
# What was declared so far becomes a recusal of the origin `declared`; row policies hold for the
# owner too.
TAKE_OVER = """
INSERT INTO openlot.recusal_request (id, department_code, staff_no, object_code, origin, ground,
    evidence, requested_at, requested_by, requested_person, year)
SELECT gen_random_uuid(), department_code, staff_no, object_code, 'declared', ground, evidence,
    declared_at, declared_by, declared_by,
    extract(year FROM declared_at AT TIME ZONE 'Asia/Shanghai')::integer
FROM openlot.declared_interest
"""
GIVE_BACK = """
INSERT INTO openlot.declared_interest (department_code, staff_no, object_code, ground, evidence,
    declared_at, declared_by)
SELECT department_code, staff_no, object_code, ground, evidence, requested_at, requested_by
FROM openlot.recusal_request WHERE origin = 'declared'
"""


def upgrade() -> None:
    _create_requests()
    _create_decisions()
    _create_replacements()
    _create_notices()
    for table in TABLES:
        _separate_departments(table)
        _keep_history(table)
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.execute(TAKE_OVER)
    op.drop_table("declared_interest", schema="openlot")


def _create_requests() -> None:
    op.create_table(
        "recusal_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("asking_party", sa.Text()),
        sa.Column("asked_on", sa.Date()),
        sa.Column("cause_id", sa.Uuid()),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.CheckConstraint(ORIGIN, name=op.f("ck_recusal_request_origin")),
        sa.CheckConstraint(GROUND, name=op.f("ck_recusal_request_ground")),
        sa.CheckConstraint(
            "(asking_party IS NOT NULL) = (origin = 'requested')"
            " AND (asked_on IS NOT NULL) = (origin = 'requested')",
            name=op.f("ck_recusal_request_asked"),
        ),
        sa.CheckConstraint(
            "(cause_id IS NOT NULL) = (origin = 'found')", name=op.f("ck_recusal_request_cause")
        ),
        sa.ForeignKeyConstraint(
            ["department_code", "staff_no"],
            ["openlot.inspector.department_code", "openlot.inspector.staff_no"],
            name=op.f("fk_recusal_request_department_code_staff_no"),
        ),
        sa.ForeignKeyConstraint(
            ["cause_id"],
            ["openlot.recusal_request.id"],
            name=op.f("fk_recusal_request_cause_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusal_request")),
        sa.UniqueConstraint("cause_id", name=op.f("uq_recusal_request_cause_id")),
        sa.UniqueConstraint(
            "id",
            "origin",
            "requested_person",
            "staff_no",
            name=op.f("uq_recusal_request_id_origin_requested_person_staff_no"),
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_recusal_request_department_code_staff_no_object_code"),
        "recusal_request",
        ["department_code", "staff_no", "object_code"],
        unique=True,
        postgresql_where=sa.text("origin = 'declared'"),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_recusal_request_department_code_object_code"),
        "recusal_request",
        ["department_code", "object_code"],
        schema="openlot",
    )


def _create_decisions() -> None:
    op.create_table(
        "recusal_decision",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_person", sa.Text(), nullable=False),
        sa.CheckConstraint("origin <> 'declared'", name=op.f("ck_recusal_decision_origin")),
        sa.CheckConstraint(
            "outcome IN ('granted', 'refused')", name=op.f("ck_recusal_decision_outcome")
        ),
        sa.CheckConstraint(
            "decided_person <> requested_person", name=op.f("ck_recusal_decision_two_persons")
        ),
        sa.CheckConstraint(
            "decided_person <> staff_no", name=op.f("ck_recusal_decision_not_the_officer")
        ),
        sa.CheckConstraint("decided_person <> decided_by", name=op.f("ck_recusal_decision_named")),
        sa.ForeignKeyConstraint(
            ["request_id", "origin", "requested_person", "staff_no"],
            [
                "openlot.recusal_request.id",
                "openlot.recusal_request.origin",
                "openlot.recusal_request.requested_person",
                "openlot.recusal_request.staff_no",
            ],
            name=op.f("fk_recusal_decision_request_id_origin_requested_person_staff_no"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_recusal_decision")),
        sa.UniqueConstraint(
            "request_id", "outcome", name=op.f("uq_recusal_decision_request_id_outcome")
        ),
        schema="openlot",
    )


def _create_replacements() -> None:
    op.create_table(
        "recusal_replacement",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome = 'granted'", name=op.f("ck_recusal_replacement_outcome")),
        sa.ForeignKeyConstraint(
            ["request_id", "outcome"],
            ["openlot.recusal_decision.request_id", "openlot.recusal_decision.outcome"],
            name=op.f("fk_recusal_replacement_request_id_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["task_code"],
            ["openlot.inspection_task.code"],
            name=op.f("fk_recusal_replacement_task_code"),
        ),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_recusal_replacement")),
        schema="openlot",
    )


def _create_notices() -> None:
    op.create_table(
        "officer_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("noticed_at", MOMENT, nullable=False),
        sa.Column("noticed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('leaves', 'enters')", name=op.f("ck_officer_notice_kind")),
        sa.CheckConstraint(
            "(reason IS NOT NULL) = (kind = 'leaves')", name=op.f("ck_officer_notice_reason")
        ),
        sa.ForeignKeyConstraint(
            ["task_code"],
            ["openlot.inspection_task.code"],
            name=op.f("fk_officer_notice_task_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_notice")),
        sa.UniqueConstraint(
            "draw_id",
            "attempt",
            "object_code",
            "department_code",
            "seat",
            "kind",
            name=op.f("uq_officer_notice_change"),
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_officer_notice_task_code_staff_no"),
        "officer_notice",
        ["task_code", "staff_no"],
        schema="openlot",
    )


def _separate_departments(table: str) -> None:
    op.execute(f"ALTER TABLE openlot.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE openlot.{table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY of_department ON openlot.{table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})"
    )


def _keep_history(table: str) -> None:
    """Row triggers do not see TRUNCATE, so there are two."""
    op.execute(
        f"CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON openlot.{table}"
        " FOR EACH ROW EXECUTE FUNCTION openlot.refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER keep_table BEFORE TRUNCATE ON openlot.{table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION openlot.refuse_change()"
    )


def downgrade() -> None:
    op.create_table(
        "declared_interest",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.CheckConstraint(GROUND, name=op.f("ck_declared_interest_ground")),
        sa.ForeignKeyConstraint(
            ["department_code", "staff_no"],
            ["openlot.inspector.department_code", "openlot.inspector.staff_no"],
            name=op.f("fk_declared_interest_department_code_staff_no"),
        ),
        sa.PrimaryKeyConstraint(
            "department_code", "staff_no", "object_code", name=op.f("pk_declared_interest")
        ),
        schema="openlot",
    )
    _separate_departments("declared_interest")
    _keep_history("declared_interest")
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.execute(GIVE_BACK)
    for table in reversed(TABLES):
        op.drop_table(table, schema="openlot")
