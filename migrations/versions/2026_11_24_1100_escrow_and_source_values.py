"""Escrow of secrets, and the values of seed sources given one by one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF_DEPARTMENT = ("escrow_receipt", "source_value")
VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "escrow_receipt",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("confirmed_person", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_escrow_receipt_digest")),
        _of_draw("escrow_receipt"),
        _of_event("escrow_receipt"),
        sa.PrimaryKeyConstraint(
            "draw_id", "attempt", "sha256", "confirmed_person", name=op.f("pk_escrow_receipt")
        ),
        schema="openlot",
    )
    op.create_table(
        "source_value",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_source_value_number")),
        _of_draw("source_value"),
        _of_event("source_value"),
        sa.PrimaryKeyConstraint("draw_id", "attempt", "number", name=op.f("pk_source_value")),
        schema="openlot",
    )
    for table in OF_DEPARTMENT:
        _separate_departments(table)
        _keep_history(table)


def _of_draw(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["draw_id", "attempt"],
        ["openlot.draw.draw_id", "openlot.draw.attempt"],
        name=op.f(f"fk_{table}_draw_id_attempt"),
    )


def _of_event(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["event_id"], ["openlot.event.id"], name=op.f(f"fk_{table}_event_id")
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
    for table in OF_DEPARTMENT:
        op.drop_table(table, schema="openlot")
