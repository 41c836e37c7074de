"""Tags, licences, counts, saved queries, feeds with their quality, corrections and notices of
credit repair of the directory of objects."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
TABLES = (
    "special_directory",
    "special_entry",
    "object_tag",
    "object_count",
    "object_inspection",
    "saved_query",
    "registry_feed",
    "correction_request",
    "correction_answer",
    "credit_repair_notice",
)
"""In the order of their making: later ones refer to earlier ones."""
KINDS = ("enterprise", "individual", "cooperative", "foreign_office", "other")
OWN_KINDS = ("product", "project", "behaviour", "person")
RULES = (
    (
        "correction.working-days",
        10,
        "本系统内控规定：责任部门自收到更正请求之日起10个工作日内答复；地方另有规定的，录入其规定",
    ),
    (
        "credit-repair.publicity-days",
        {
            "order_rectify": 0,
            "handover_daily": 0,
            "case_lead": 0,
            "copy_department": 0,
            "penalty": 90,
            "criminal": 365,
            "anomaly_list": 0,
        },
        (
            "国办发〔2025〕22号：轻微失信信息公示不超过3个月，一般失信信息最短3个月，严重失信信息最短1年；"
            "按后续处置的种类取最短公示期，以日计；地方另有规定的，录入其规定"
        ),
    ),
)
# A downgrade leaves the rules, as texts of law are never deleted; they are not recorded twice.
RECORD_RULE = """
INSERT INTO openlot.rule (key, valid_from, value, source, recorded_at, recorded_by)
SELECT :key, '2024-01-01', CAST(:value AS jsonb), :source, now(), 'migration'
WHERE NOT EXISTS (SELECT FROM openlot.rule WHERE key = :key)
"""
# What was approved before this table stood; row policies hold for the owner too.
RECORD_INSPECTIONS = """
INSERT INTO openlot.object_inspection
    (department_code, object_code, task_code, inspected_on, recorded_at, recorded_by)
SELECT entry.department_code, entry.object_code, entry.task_code, entry.inspected_on,
    review.reviewed_at, review.reviewed_by
FROM openlot.result_entry AS entry
JOIN openlot.result_review AS review
    USING (task_code, object_code, department_code, version)
WHERE review.decision = 'approved'
"""


def upgrade() -> None:
    _set_kinds((*KINDS, *OWN_KINDS))
    _create_special_directory()
    _create_special_entry()
    _create_object_tag()
    _create_object_count()
    _create_object_inspection()
    _create_saved_query()
    _create_registry_feed()
    _create_correction_request()
    _create_correction_answer()
    _create_credit_repair_notice()
    for table in TABLES:
        _separate_departments(table)
        _keep_history(table)
    _let_lines_name_queries()
    op.create_index(
        op.f("ix_disposal_object_code_department_code"),
        "disposal",
        ["object_code", "department_code"],
        schema="openlot",
    )
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.execute(RECORD_INSPECTIONS)
    for key, value, source in RULES:
        op.execute(
            sa.text(RECORD_RULE).bindparams(
                sa.bindparam("key", key, sa.Text()), value=json.dumps(value), source=source
            )
        )


def _set_kinds(kinds: tuple[str, ...]) -> None:
    name = op.f("ck_inspected_object_kind")
    op.drop_constraint(name, "inspected_object", schema="openlot")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(name, "inspected_object", f"kind IN ({listed})", schema="openlot")


def _let_lines_name_queries() -> None:
    op.add_column("plan_line", sa.Column("query_code", sa.Text()), schema="openlot")
    op.add_column("plan_line", sa.Column("query_version", sa.Integer()), schema="openlot")
    op.create_check_constraint(
        op.f("ck_plan_line_query"),
        "plan_line",
        "(query_code IS NULL) = (query_version IS NULL)",
        schema="openlot",
    )
    op.create_foreign_key(
        op.f("fk_plan_line_department_code_query_code_query_version"),
        "plan_line",
        "saved_query",
        ["department_code", "query_code", "query_version"],
        ["department_code", "code", "version"],
        source_schema="openlot",
        referent_schema="openlot",
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
    op.drop_index(
        op.f("ix_disposal_object_code_department_code"), table_name="disposal", schema="openlot"
    )
    op.drop_constraint(
        op.f("fk_plan_line_department_code_query_code_query_version"),
        "plan_line",
        schema="openlot",
    )
    op.drop_constraint(op.f("ck_plan_line_query"), "plan_line", schema="openlot")
    op.drop_column("plan_line", "query_version", schema="openlot")
    op.drop_column("plan_line", "query_code", schema="openlot")
    for table in reversed(TABLES):
        op.drop_table(table, schema="openlot")
    _set_kinds(KINDS)


def _create_special_directory() -> None:
    op.create_table(
        "special_directory",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "department_code", "code", "version", name=op.f("pk_special_directory")
        ),
        schema="openlot",
    )


def _create_special_entry() -> None:
    op.create_table(
        "special_entry",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("directory_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("licence_no", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("import_sequence", sa.Integer(), nullable=False),
        sa.Column("licence_name", sa.Text(), nullable=False),
        sa.Column("licence_issuer", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["openlot.registry_import.id"], name=op.f("fk_special_entry_import_id")
        ),
        sa.PrimaryKeyConstraint(
            "department_code",
            "directory_code",
            "object_code",
            "licence_no",
            "valid_from",
            "import_sequence",
            name=op.f("pk_special_entry"),
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_special_entry_department_code_object_code"),
        "special_entry",
        ["department_code", "object_code"],
        unique=False,
        schema="openlot",
    )


def _create_object_tag() -> None:
    op.create_table(
        "object_tag",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("import_sequence", sa.Integer(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["openlot.registry_import.id"], name=op.f("fk_object_tag_import_id")
        ),
        sa.PrimaryKeyConstraint(
            "department_code",
            "object_code",
            "valid_from",
            "import_sequence",
            name=op.f("pk_object_tag"),
        ),
        schema="openlot",
    )


def _create_object_count() -> None:
    op.create_table(
        "object_count",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("counted_to", sa.Date(), nullable=False),
        sa.Column("import_sequence", sa.Integer(), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('complaint', 'lead')", name=op.f("ck_object_count_kind")),
        sa.CheckConstraint("counted_from <= counted_to", name=op.f("ck_object_count_days")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_object_count_number")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["openlot.registry_import.id"], name=op.f("fk_object_count_import_id")
        ),
        sa.PrimaryKeyConstraint(
            "department_code",
            "object_code",
            "kind",
            "counted_to",
            "import_sequence",
            name=op.f("pk_object_count"),
        ),
        schema="openlot",
    )


def _create_object_inspection() -> None:
    op.create_table(
        "object_inspection",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "department_code", "object_code", "task_code", name=op.f("pk_object_inspection")
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_object_inspection_object_code_department_code_inspected_on"),
        "object_inspection",
        ["object_code", "department_code", "inspected_on"],
        unique=False,
        schema="openlot",
    )


def _create_saved_query() -> None:
    op.create_table(
        "saved_query",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["openlot.department.code"],
            name=op.f("fk_saved_query_department_code"),
        ),
        sa.PrimaryKeyConstraint("department_code", "code", "version", name=op.f("pk_saved_query")),
        schema="openlot",
    )


def _create_registry_feed() -> None:
    op.create_table(
        "registry_feed",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("responsible_department", sa.Text(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("interval_days >= 1", name=op.f("ck_registry_feed_interval")),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["openlot.department.code"],
            name=op.f("fk_registry_feed_department_code"),
        ),
        sa.ForeignKeyConstraint(
            ["responsible_department"],
            ["openlot.department.code"],
            name=op.f("fk_registry_feed_responsible_department"),
        ),
        sa.PrimaryKeyConstraint(
            "department_code", "code", "version", name=op.f("pk_registry_feed")
        ),
        schema="openlot",
    )


def _create_correction_request() -> None:
    op.create_table(
        "correction_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("held_value", sa.Text(), nullable=True),
        sa.Column("right_value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("responsible_department", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_code", "object_code"],
            ["openlot.inspected_object.department_code", "openlot.inspected_object.code"],
            name=op.f("fk_correction_request_department_code_object_code"),
        ),
        sa.ForeignKeyConstraint(
            ["responsible_department"],
            ["openlot.department.code"],
            name=op.f("fk_correction_request_responsible_department"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
        schema="openlot",
    )


def _create_correction_answer() -> None:
    op.create_table(
        "correction_answer",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(decision = 'accepted') = (import_id IS NOT NULL)",
            name=op.f("ck_correction_answer_corrected"),
        ),
        sa.CheckConstraint(
            "decision = 'accepted' OR reason <> ''", name=op.f("ck_correction_answer_refused")
        ),
        sa.CheckConstraint(
            "decision IN ('accepted', 'refused')", name=op.f("ck_correction_answer_decision")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["openlot.registry_import.id"],
            name=op.f("fk_correction_answer_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["openlot.correction_request.id"],
            name=op.f("fk_correction_answer_request_id"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_correction_answer")),
        schema="openlot",
    )


def _create_credit_repair_notice() -> None:
    op.create_table(
        "credit_repair_notice",
        sa.Column("disposal_id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disposal_id"],
            ["openlot.disposal.id"],
            name=op.f("fk_credit_repair_notice_disposal_id"),
        ),
        sa.PrimaryKeyConstraint("disposal_id", name=op.f("pk_credit_repair_notice")),
        schema="openlot",
    )
