"""What the directory of inspectors says beyond certificates, and what an inspector draw asks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DIRECTORIES = ("inspector", "inspector_version")
TABLES = ("inspector_leave", "certificate_holder", "assisting_seat")
MOMENT = sa.DateTime(timezone=True)
CERTIFICATE = ("certificate_no", "certificate_issuer", "certificate_valid_to")
VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
# One certificate of each entry, as the rows that took its place have it; and the way back.
ROWS_OF_COLUMNS = """
UPDATE openlot.{table} SET certificates = jsonb_build_array(jsonb_build_object(
    'number', certificate_no, 'issuer', certificate_issuer,
    'valid_to', certificate_valid_to::text))
"""
COLUMNS_OF_ROWS = """
UPDATE openlot.{table} SET
    certificate_no = coalesce(certificates #>> '{{-1,number}}', ''),
    certificate_issuer = coalesce(certificates #>> '{{-1,issuer}}', ''),
    certificate_valid_to = coalesce((certificates #>> '{{-1,valid_to}}')::date, '1970-01-01')
"""
OFFICERS = (
    "key <> 'officers.per-department.minimum' OR "
    "COALESCE(jsonb_typeof(value) = 'number' AND value >= '2'::jsonb, false)"
)


def upgrade() -> None:
    # Row policies hold for the owner too.
    op.execute("SELECT set_config('app.departments', '*', true)")
    for table in DIRECTORIES:
        _extend(table)
    op.create_check_constraint(
        op.f("ck_inspector_kind"),
        "inspector",
        "kind IN ('officer', 'expert', 'third_party')",
        schema="openlot",
    )
    op.create_check_constraint(
        op.f("ck_inspector_validity"),
        "inspector",
        "COALESCE(status_from <= status_to, true)",
        schema="openlot",
    )
    _create_leave()
    _create_holders()
    _create_assisting_seats()
    for table in TABLES:
        _separate_departments(table)
        _keep_history(table)
    _extend_draws()
    op.create_check_constraint(op.f("ck_rule_officers"), "rule", OFFICERS, schema="openlot")


def _extend(table: str) -> None:
    """The defaults are for the rows that are there; new ones bring their own values."""
    for column in (
        sa.Column("kind", sa.Text(), server_default="officer", nullable=False),
        sa.Column("certificates", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("specialties", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("teams", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    ):
        op.add_column(table, column, schema="openlot")
        op.alter_column(table, column.name, server_default=None, schema="openlot")
    for name in ("status_from", "status_to"):
        op.add_column(table, sa.Column(name, sa.Date()), schema="openlot")
    _fill(table, ROWS_OF_COLUMNS)
    for name in CERTIFICATE:
        op.drop_column(table, name, schema="openlot")


def _fill(table: str, statement: str) -> None:
    """The one change that rows of the history ever see: columns that they did not have."""
    kept = table == "inspector_version"
    if kept:
        op.execute(f"ALTER TABLE openlot.{table} DISABLE TRIGGER keep_rows")
    op.execute(statement.format(table=table))
    if kept:
        op.execute(f"ALTER TABLE openlot.{table} ENABLE TRIGGER keep_rows")


def _create_leave() -> None:
    op.create_table(
        "inspector_leave",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_inspector_leave_days")),
        sa.CheckConstraint(
            "NOT withdrawn OR replaces_id IS NOT NULL", name=op.f("ck_inspector_leave_withdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["department_code", "staff_no"],
            ["openlot.inspector.department_code", "openlot.inspector.staff_no"],
            name=op.f("fk_inspector_leave_department_code_staff_no"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["openlot.inspector_leave.id"],
            name=op.f("fk_inspector_leave_replaces_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspector_leave")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_inspector_leave_replaces_id")),
        schema="openlot",
    )


def _create_holders() -> None:
    op.create_table(
        "certificate_holder",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("import_sequence", sa.Integer(), nullable=False),
        sa.Column("certificate_no", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["openlot.registry_import.id"],
            name=op.f("fk_certificate_holder_import_id"),
        ),
        sa.PrimaryKeyConstraint(
            "department_code",
            "import_sequence",
            "certificate_no",
            name=op.f("pk_certificate_holder"),
        ),
        schema="openlot",
    )


def _create_assisting_seats() -> None:
    op.create_table(
        "assisting_seat",
        sa.Column("inspector_draw_id", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["inspector_draw_id", "attempt"],
            ["openlot.draw.draw_id", "openlot.draw.attempt"],
            name=op.f("fk_assisting_seat_inspector_draw_id_attempt"),
        ),
        sa.PrimaryKeyConstraint(
            "inspector_draw_id",
            "object_code",
            "group_name",
            "seat",
            "attempt",
            name=op.f("pk_assisting_seat"),
        ),
        schema="openlot",
    )


def _extend_draws() -> None:
    op.add_column("draw", sa.Column("mode", sa.Text()), schema="openlot")
    op.add_column("draw", sa.Column("avoid_last_inspectors", sa.Boolean()), schema="openlot")
    op.add_column(
        "draw",
        sa.Column("experts", postgresql.JSONB(), server_default="[]", nullable=False),
        schema="openlot",
    )
    op.create_check_constraint(
        op.f("ck_draw_mode"),
        "draw",
        "mode IN ('station', 'across-stations', 'district', 'across-districts', 'whole-pool')",
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
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.drop_constraint(op.f("ck_rule_officers"), "rule", schema="openlot")
    op.drop_constraint(op.f("ck_draw_mode"), "draw", schema="openlot")
    for name in ("experts", "avoid_last_inspectors", "mode"):
        op.drop_column("draw", name, schema="openlot")
    for table in reversed(TABLES):
        op.drop_table(table, schema="openlot")
    for name in ("ck_inspector_validity", "ck_inspector_kind"):
        op.drop_constraint(op.f(name), "inspector", schema="openlot")
    for table in DIRECTORIES:
        _reduce(table)


def _reduce(table: str) -> None:
    """Of several certificates the one that is valid longest stays, and nobody's phone."""
    for name in ("certificate_no", "certificate_issuer"):
        op.add_column(table, sa.Column(name, sa.Text()), schema="openlot")
    op.add_column(table, sa.Column("certificate_valid_to", sa.Date()), schema="openlot")
    _fill(table, COLUMNS_OF_ROWS)
    for name in CERTIFICATE:
        op.alter_column(table, name, nullable=False, schema="openlot")
    for name in ("status_to", "status_from", "teams", "specialties", "phone", "certificates"):
        op.drop_column(table, name, schema="openlot")
    op.drop_column(table, "kind", schema="openlot")
