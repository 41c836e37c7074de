"""Versions of inspection items with duties, caps and publication; states and means of departments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
MOMENT = sa.DateTime(timezone=True)
MEANS = (
    "means IN ('off-site', 'video', 'mobile-terminal', 'sensors', 'drone', 'network',"
    " 'risk-model', 'e-evidence', 'body-camera', 'visit-code')"
)
VALIDITY = "COALESCE(valid_from <= valid_to, true)"
LISTS = ("basis", "duties")
ARRAYS = ("object_kinds", "method_codes", "qualifications")
# What is used by a plan already was in use without the act; nobody else made it public.
PUBLISH_USED = """
INSERT INTO openlot.inspection_item_publication
SELECT item.department_code, item.code, item.version, item.recorded_at, item.recorded_by
FROM openlot.inspection_item AS item
WHERE EXISTS (
    SELECT FROM openlot.plan_line AS line, jsonb_array_elements(line.items) AS used
    WHERE used ->> 'department_code' = item.department_code AND used ->> 'item_code' = item.code
)
"""
KEEP_PRESENT = """
INSERT INTO openlot.department_version
SELECT name, level, region_code, code, 1, parent_code, updated_at, updated_by
FROM openlot.department
"""


def upgrade() -> None:
    _extend_items()
    _create_publications()
    _create_states()
    _create_capabilities()
    for table in ("inspection_item_publication", "department_capability"):
        _separate_departments(table)
    for table in ("inspection_item_publication", "department_capability", "department_version"):
        _keep_history(table)
    # Row policies hold for the owner too.
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.execute(PUBLISH_USED)
    op.execute(KEEP_PRESENT)


def _extend_items() -> None:
    for name in LISTS:
        _add(sa.Column(name, postgresql.JSONB(), server_default="[]", nullable=False))
    _add(sa.Column("caps", postgresql.JSONB(), server_default="{}", nullable=False))
    for name in ARRAYS:
        _add(sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    for name in ("valid_from", "valid_to"):
        _add(sa.Column(name, sa.Date()))
    for name in ("standard_department", "standard_code"):
        _add(sa.Column(name, sa.Text()))
    op.create_check_constraint(
        op.f("ck_inspection_item_validity"), "inspection_item", VALIDITY, schema="openlot"
    )
    op.create_check_constraint(
        op.f("ck_inspection_item_standard"),
        "inspection_item",
        "(standard_department IS NULL) = (standard_code IS NULL)",
        schema="openlot",
    )
    op.create_index(
        op.f("ix_inspection_item_standard_department_standard_code"),
        "inspection_item",
        ["standard_department", "standard_code"],
        schema="openlot",
    )


def _add(column: "sa.Column[object]") -> None:
    op.add_column("inspection_item", column, schema="openlot")


def _create_publications() -> None:
    op.create_table(
        "inspection_item_publication",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_code", "code", "version"],
            [
                "openlot.inspection_item.department_code",
                "openlot.inspection_item.code",
                "openlot.inspection_item.version",
            ],
            name=op.f("fk_inspection_item_publication_department_code_code_version"),
        ),
        sa.PrimaryKeyConstraint(
            "department_code", "code", "version", name=op.f("pk_inspection_item_publication")
        ),
        schema="openlot",
    )


def _create_states() -> None:
    op.create_table(
        "department_version",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parent_code", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["code"], ["openlot.department.code"], name=op.f("fk_department_version_code")
        ),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_department_version")),
        schema="openlot",
    )


def _create_capabilities() -> None:
    op.create_table(
        "department_capability",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(MEANS, name=op.f("ck_department_capability_means")),
        sa.CheckConstraint(VALIDITY, name=op.f("ck_department_capability_validity")),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["openlot.department.code"],
            name=op.f("fk_department_capability_department_code"),
        ),
        sa.PrimaryKeyConstraint(
            "department_code", "means", "version", name=op.f("pk_department_capability")
        ),
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
    for table in ("department_capability", "department_version", "inspection_item_publication"):
        op.drop_table(table, schema="openlot")
    op.drop_index(
        op.f("ix_inspection_item_standard_department_standard_code"),
        table_name="inspection_item",
        schema="openlot",
    )
    for name in ("validity", "standard"):
        op.drop_constraint(op.f(f"ck_inspection_item_{name}"), "inspection_item", schema="openlot")
    for name in (*LISTS, "caps", *ARRAYS, "valid_from", "valid_to", "standard_department"):
        op.drop_column("inspection_item", name, schema="openlot")
    op.drop_column("inspection_item", "standard_code", schema="openlot")
