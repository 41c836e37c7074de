"""Imports in stages, operations with progress, and a history that holds former states only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
MOMENT = sa.DateTime(timezone=True)
DIRECTORIES = {"inspected_object": "code", "inspector": "staff_no"}
# A state ends by the import that brought the next one; the present state stands in the directory.
END_STATES = """
UPDATE openlot.{table}_version AS former SET ended_import_id = later.import_id
FROM openlot.{table}_version AS later
WHERE later.department_code = former.department_code AND later.{key} = former.{key}
AND later.version = former.version + 1
"""
DROP_PRESENT = "DELETE FROM openlot.{table}_version WHERE ended_import_id IS NULL"


def upgrade() -> None:
    _describe_imports()
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.add_column(
        "inspected_object",
        sa.Column("listed", sa.Boolean(), server_default="true", nullable=False),
        schema="openlot",
    )
    op.add_column(
        "inspected_object_version",
        sa.Column("listed", sa.Boolean(), server_default="true", nullable=False),
        schema="openlot",
    )
    for table, key in DIRECTORIES.items():
        _keep_former_states_only(table, key)
    _create_operations()
    _create_staged_imports()


def _describe_imports() -> None:
    """Feeds until now were change feeds without a day of their own."""
    for column in (
        sa.Column("mode", sa.Text(), server_default="changes", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("data_date", sa.Date(), nullable=True),
        sa.Column("undone_import_id", sa.Uuid(), nullable=True),
        sa.Column("vanished", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("registry_import", column, schema="openlot")
    op.create_check_constraint(
        op.f("ck_registry_import_mode"),
        "registry_import",
        "mode IN ('changes', 'full', 'record', 'undo')",
        schema="openlot",
    )
    op.create_check_constraint(
        op.f("ck_registry_import_undone"),
        "registry_import",
        "(mode = 'undo') = (undone_import_id IS NOT NULL)",
        schema="openlot",
    )
    op.create_unique_constraint(
        op.f("uq_registry_import_undone_import_id"),
        "registry_import",
        ["undone_import_id"],
        schema="openlot",
    )
    op.create_foreign_key(
        op.f("fk_registry_import_undone_import_id"),
        "registry_import",
        "registry_import",
        ["undone_import_id"],
        ["id"],
        source_schema="openlot",
        referent_schema="openlot",
    )


def _keep_former_states_only(table: str, key: str) -> None:
    version = f"{table}_version"
    op.add_column(version, sa.Column("ended_import_id", sa.Uuid()), schema="openlot")
    op.execute(f"ALTER TABLE openlot.{version} DISABLE TRIGGER keep_rows")
    op.execute(END_STATES.format(table=table, key=key))
    op.execute(DROP_PRESENT.format(table=table))
    op.execute(f"ALTER TABLE openlot.{version} ENABLE TRIGGER keep_rows")
    op.alter_column(version, "ended_import_id", nullable=False, schema="openlot")
    op.create_foreign_key(
        op.f(f"fk_{version}_ended_import_id"),
        version,
        "registry_import",
        ["ended_import_id"],
        ["id"],
        source_schema="openlot",
        referent_schema="openlot",
    )


def _create_operations() -> None:
    op.create_table(
        "operation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("phase", sa.Text(), server_default="", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_operation_state"),
        ),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by IS NULL)", name=op.f("ck_operation_cancelled")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_operation_subject"),
        "operation",
        ["subject"],
        unique=True,
        schema="openlot",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index(
        op.f("ix_operation_subject_requested_at"),
        "operation",
        ["subject", "requested_at"],
        schema="openlot",
    )
    _separate_departments("operation")


def _create_staged_imports() -> None:
    op.create_table(
        "staged_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("data_date", sa.Date(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("mode IN ('changes', 'full')", name=op.f("ck_staged_import_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staged_import")),
        schema="openlot",
    )
    _create_part(
        "staged_import_step",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "step IN ('refused', 'previewed', 'merged', 'discarded')",
            name=op.f("ck_staged_import_step_step"),
        ),
    )
    _create_part("staged_file_part", sa.Column("data", sa.LargeBinary(), nullable=False))
    _create_part(
        "staged_fault",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
    )
    for table in ("staged_import", "staged_import_step"):
        _keep_history(table)
    for table in ("staged_import", "staged_import_step", "staged_file_part", "staged_fault"):
        _separate_departments(table)


def _create_part(table: str, *columns: sa.Column[object] | sa.Constraint) -> None:
    """A table of numbered rows of a staged import."""
    op.create_table(
        table,
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["import_id"], ["openlot.staged_import.id"], name=op.f(f"fk_{table}_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f(f"pk_{table}")),
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
    """The versions stay without the present states; what only this revision knows is lost."""
    for table in ("staged_fault", "staged_file_part", "staged_import_step", "staged_import"):
        op.drop_table(table, schema="openlot")
    op.drop_table("operation", schema="openlot")
    for table in DIRECTORIES:
        op.drop_column(f"{table}_version", "ended_import_id", schema="openlot")
    for table in ("inspected_object", "inspected_object_version"):
        op.drop_column(table, "listed", schema="openlot")
    for column in ("undone_import_id", "vanished", "data_date", "reason", "mode"):
        op.drop_column("registry_import", column, schema="openlot")
