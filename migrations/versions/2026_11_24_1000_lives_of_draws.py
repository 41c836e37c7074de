"""Parts of campaigns, further attempts, voids and the other changes that two persons decide."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OF_DEPARTMENT = ("draw_part", "draw_change", "draw_change_decision")
VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
ORDER_BEFORE = """
(state = 'draft' AND state_before IS NULL)
OR (state = 'frozen' AND state_before = 'draft')
OR (state = 'committed' AND state_before = 'frozen')
OR (state = 'seeded' AND state_before = 'committed')
OR (state = 'drawn' AND state_before = 'seeded')
"""
ORDER_AFTER = """
COALESCE((state = 'draft' AND state_before IS NULL)
OR (state = 'frozen' AND state_before IN ('draft'))
OR (state = 'committed' AND state_before IN ('frozen'))
OR (state = 'seeded' AND state_before IN ('committed'))
OR (state = 'drawn' AND state_before IN ('seeded'))
OR (state = 'dispatched' AND state_before IN ('drawn'))
OR (state = 'published' AND state_before IN ('dispatched'))
OR (state = 'closed' AND state_before IN ('published'))
OR (state = 'voided' AND state_before IN ('committed', 'seeded', 'drawn')), false)
"""
AFTER_VOID = """
COALESCE((attempt = 1 AND previous_attempt IS NULL AND previous_state IS NULL)
OR (previous_attempt = attempt - 1 AND previous_state = 'voided'), false)
"""
PLAN_ORDER_BEFORE = """
(state = 'draft' AND state_before IS NULL AND person_before IS NULL)
OR (state = 'submitted' AND state_before = 'draft')
OR (state = 'approved' AND state_before = 'submitted')
OR (state = 'published' AND state_before = 'approved')
"""
PLAN_ORDER_AFTER = f"COALESCE({PLAN_ORDER_BEFORE}, false)"
"""NULL in a comparison passes a CHECK: a step without the one before it was let in."""
REASONS = """
(kind = 'void' AND reason IN
    ('source-missing', 'input-wrong', 'ceremony-flawed', 'technical-failure'))
OR (kind = 'amendment' AND reason IN ('left-out', 'wrongly-included', 'misclassified'))
OR (kind = 'substitution' AND reason IN ('deregistered', 'duplicate', 'moved-away'))
"""
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("draw", sa.Column("previous_attempt", sa.Integer()), schema="openlot")
    op.add_column("draw", sa.Column("previous_state", sa.Text()), schema="openlot")
    op.create_check_constraint(op.f("ck_draw_after_void"), "draw", AFTER_VOID, schema="openlot")
    op.create_foreign_key(
        op.f("fk_draw_draw_id_previous_attempt_previous_state"),
        "draw",
        "draw_step",
        ["draw_id", "previous_attempt", "previous_state"],
        ["draw_id", "attempt", "state"],
        source_schema="openlot",
        referent_schema="openlot",
    )
    op.drop_constraint(op.f("ck_draw_step_order"), "draw_step", schema="openlot")
    op.create_check_constraint(
        op.f("ck_draw_step_order"), "draw_step", ORDER_AFTER, schema="openlot"
    )
    op.create_unique_constraint(
        op.f("uq_draw_step_draw_id_attempt_state_before"),
        "draw_step",
        ["draw_id", "attempt", "state_before"],
        schema="openlot",
    )
    op.drop_constraint(op.f("ck_plan_step_order"), "plan_step", schema="openlot")
    op.create_check_constraint(
        op.f("ck_plan_step_order"), "plan_step", PLAN_ORDER_AFTER, schema="openlot"
    )
    _create_parts()
    _create_changes()
    for table in OF_DEPARTMENT:
        _separate_departments(table)
        _keep_history(table)


def _create_parts() -> None:
    op.create_table(
        "draw_part",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("plan_line_code", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id", "attempt"],
            ["openlot.draw.draw_id", "openlot.draw.attempt"],
            name=op.f("fk_draw_part_draw_id_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_line_code"],
            ["openlot.plan_line.code"],
            name=op.f("fk_draw_part_plan_line_code"),
        ),
        sa.PrimaryKeyConstraint("draw_id", "attempt", "number", name=op.f("pk_draw_part")),
        sa.UniqueConstraint(
            "draw_id", "attempt", "name", name=op.f("uq_draw_part_draw_id_attempt_name")
        ),
        sa.UniqueConstraint(
            "plan_line_code",
            "round",
            "attempt",
            name=op.f("uq_draw_part_plan_line_code_round_attempt"),
        ),
        schema="openlot",
    )
    # Row policies hold for the owner too; the draws that are there have one part each.
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.execute(
        "INSERT INTO openlot.draw_part SELECT draw_id, attempt, 1, department_code,"
        " plan_line_code, round, '' FROM openlot.draw WHERE stage = 'target'"
    )


def _create_changes() -> None:
    op.create_table(
        "draw_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.CheckConstraint(REASONS, name=op.f("ck_draw_change_reason")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_draw_change_number")),
        sa.ForeignKeyConstraint(
            ["draw_id", "attempt"],
            ["openlot.draw.draw_id", "openlot.draw.attempt"],
            name=op.f("fk_draw_change_draw_id_attempt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_change")),
        sa.UniqueConstraint(
            "draw_id", "attempt", "number", name=op.f("uq_draw_change_draw_id_attempt_number")
        ),
        sa.UniqueConstraint(
            "id", "requested_person", name=op.f("uq_draw_change_id_requested_person")
        ),
        schema="openlot",
    )
    op.create_table(
        "draw_change_decision",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_person", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decided_person <> requested_person", name=op.f("ck_draw_change_decision_two_persons")
        ),
        sa.CheckConstraint(
            "decision IN ('approved', 'declined')", name=op.f("ck_draw_change_decision_decision")
        ),
        sa.ForeignKeyConstraint(
            ["change_id", "requested_person"],
            ["openlot.draw_change.id", "openlot.draw_change.requested_person"],
            name=op.f("fk_draw_change_decision_change_id_requested_person"),
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_draw_change_decision")),
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
    op.drop_constraint(op.f("ck_plan_step_order"), "plan_step", schema="openlot")
    op.create_check_constraint(
        op.f("ck_plan_step_order"), "plan_step", PLAN_ORDER_BEFORE, schema="openlot"
    )
    for table in ("draw_change_decision", "draw_change", "draw_part"):
        op.drop_table(table, schema="openlot")
    op.drop_constraint(
        op.f("uq_draw_step_draw_id_attempt_state_before"), "draw_step", schema="openlot"
    )
    op.drop_constraint(op.f("ck_draw_step_order"), "draw_step", schema="openlot")
    op.create_check_constraint(
        op.f("ck_draw_step_order"), "draw_step", ORDER_BEFORE, schema="openlot"
    )
    op.drop_constraint(
        op.f("fk_draw_draw_id_previous_attempt_previous_state"), "draw", schema="openlot"
    )
    op.drop_constraint(op.f("ck_draw_after_void"), "draw", schema="openlot")
    op.drop_column("draw", "previous_state", schema="openlot")
    op.drop_column("draw", "previous_attempt", schema="openlot")
