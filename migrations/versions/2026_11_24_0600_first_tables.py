"""The first tables, their row policies, and the triggers that keep history."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


OF_DEPARTMENT = (
    "api_key",
    "api_key_revocation",
    "credit_class",
    "declared_interest",
    "department_task",
    "disposal",
    "disposal_step",
    "draw",
    "draw_file",
    "draw_step",
    "drawn_seat",
    "event",
    "inspected_object",
    "inspected_object_version",
    "inspection_closing",
    "inspection_item",
    "inspection_part",
    "inspection_task",
    "inspector",
    "inspector_version",
    "kept_reply",
    "open_seat",
    "plan",
    "plan_line",
    "plan_step",
    "registry_import",
    "replacement_approval",
    "replacement_request",
    "result_entry",
    "result_review",
    "result_signature",
    "task_closing",
    "webhook_attempt",
    "webhook_delivery",
    "webhook_subscription",
)
INSERT_ONLY = (
    "api_key",
    "api_key_revocation",
    "calendar_day",
    "credit_class",
    "declared_interest",
    "department_task",
    "disposal",
    "disposal_step",
    "draw",
    "draw_file",
    "draw_step",
    "drawn_seat",
    "event",
    "inspected_object_version",
    "inspection_closing",
    "inspection_item",
    "inspection_part",
    "inspection_task",
    "inspector_version",
    "ledger_checkpoint",
    "ledger_entry",
    "ledger_node",
    "open_seat",
    "plan",
    "plan_line",
    "plan_step",
    "publication",
    "registry_import",
    "replacement_approval",
    "replacement_request",
    "result_entry",
    "result_review",
    "result_signature",
    "rule",
    "task_closing",
    "webhook_attempt",
)

# What the texts in force say, each with its source; later texts are recorded over the API.
RULES = (
    ("officers.per-department.minimum", 2, "行政处罚法第四十二条；2024年工作要点第三条"),
    (
        "result.precedence",
        [6, 4, 3, 2, 8, 5, 7, 1],
        "国家企业信用信息公示系统八类抽查结果；本系统公布的取值顺序",
    ),
    (
        "publication.working-days",
        {"plan": 5, "task": 5, "drawn-list": 5, "result": 20},
        "2024年工作要点第三条（及时公示）、第七条（20个工作日内公示结果）",
    ),
    (
        "disclosure.moment",
        {"drawn-list": "last-visit-or-window-end", "result": "last-visit-or-window-end"},
        "openlot/1 第9节",
    ),
)

# Unset means NULL or '' (the setting is local to a transaction and empty after it): no rows.
# The sub-selects make the setting a constant of the statement instead of a call per row.
VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
# Who presents a key may see the row of that key, so that it can be recognised.
KEY_BY_DIGEST = """
CREATE POLICY by_digest ON openlot.{table} FOR SELECT
USING (digest = (SELECT NULLIF(current_setting('app.key_digest', true), '')))
"""
REFUSE_CHANGE = """
CREATE FUNCTION openlot.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed; add a row that corrects them', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""


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


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("departments", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
        schema="openlot",
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", "sequence", name=op.f("pk_calendar_day")),
        schema="openlot",
    )
    op.create_table(
        "department",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["openlot.department.code"], name=op.f("fk_department_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_department")),
        schema="openlot",
    )
    op.create_table(
        "division",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Text(), nullable=True),
        sa.Column("successor_codes", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_division")),
        schema="openlot",
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_by", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("sequence", name=op.f("uq_event_sequence")),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_event_subject_sequence"),
        "event",
        ["subject", "sequence"],
        unique=False,
        schema="openlot",
    )
    op.create_table(
        "industry",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("section_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_industry")),
        schema="openlot",
    )
    op.create_table(
        "kept_reply",
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller_id", "key", name=op.f("pk_kept_reply")),
        schema="openlot",
    )
    op.create_table(
        "ledger_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_checkpoint")),
        schema="openlot",
    )
    op.create_table(
        "ledger_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "index", name=op.f("pk_ledger_node")),
        schema="openlot",
    )
    op.create_table(
        "open_seat",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("inspector_draw_id", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "draw_id", "object_code", "department_code", "seat", name=op.f("pk_open_seat")
        ),
        sa.UniqueConstraint(
            "inspector_draw_id",
            "object_code",
            "department_code",
            "seat",
            "staff_no",
            name=op.f("uq_open_seat_leaver"),
        ),
        schema="openlot",
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lead_department_code", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('plan', 'task', 'drawn-list', 'result')", name=op.f("ck_publication_kind")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["openlot.publication.id"], name=op.f("fk_publication_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint(
            "kind", "subject", "version", name=op.f("uq_publication_kind_subject_version")
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_publication_kind_published_at"),
        "publication",
        ["kind", "published_at"],
        unique=False,
        schema="openlot",
    )
    op.create_index(
        op.f("ix_publication_published_at"),
        "publication",
        ["published_at"],
        unique=False,
        schema="openlot",
    )
    op.create_index(
        op.f("ix_publication_supersedes_id"),
        "publication",
        ["supersedes_id"],
        unique=False,
        schema="openlot",
    )
    op.create_table(
        "registry_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_import")),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_registry_import_department_code_sequence"),
        "registry_import",
        ["department_code", "sequence"],
        unique=False,
        schema="openlot",
    )
    op.create_table(
        "rule",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "valid_from", "sequence", name=op.f("pk_rule")),
        schema="openlot",
    )
    op.create_table(
        "api_key_revocation",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["openlot.api_key.key_id"], name=op.f("fk_api_key_revocation_key_id")
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key_revocation")),
        schema="openlot",
    )
    op.create_table(
        "credit_class",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("import_sequence", sa.Integer(), nullable=False),
        sa.Column("credit_class", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "credit_class IN ('A', 'B', 'C', 'D', 'U')", name=op.f("ck_credit_class_credit_class")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["openlot.registry_import.id"], name=op.f("fk_credit_class_import_id")
        ),
        sa.PrimaryKeyConstraint(
            "department_code",
            "object_code",
            "valid_from",
            "import_sequence",
            name=op.f("pk_credit_class"),
        ),
        schema="openlot",
    )
    op.create_table(
        "event_dispatch",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="ready", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('ready', 'done', 'dead')", name=op.f("ck_event_dispatch_state")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["openlot.event.id"], name=op.f("fk_event_dispatch_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_dispatch")),
        schema="openlot",
    )
    op.create_table(
        "inspected_object",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ent_type", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("established_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reg_authority", sa.Text(), nullable=True),
        sa.Column("jurisdiction_unit", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('enterprise', 'individual', 'cooperative', 'foreign_office', 'other')",
            name=op.f("ck_inspected_object_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'deregistered', 'revoked', 'cancelled', 'moved_out')",
            name=op.f("ck_inspected_object_status"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["openlot.registry_import.id"],
            name=op.f("fk_inspected_object_import_id"),
        ),
        sa.PrimaryKeyConstraint("department_code", "code", name=op.f("pk_inspected_object")),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_inspected_object_department_code_region_code"),
        "inspected_object",
        ["department_code", "region_code"],
        unique=False,
        schema="openlot",
    )
    op.create_table(
        "inspected_object_version",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ent_type", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("established_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reg_authority", sa.Text(), nullable=True),
        sa.Column("jurisdiction_unit", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["openlot.registry_import.id"],
            name=op.f("fk_inspected_object_version_import_id"),
        ),
        sa.PrimaryKeyConstraint(
            "department_code", "code", "version", name=op.f("pk_inspected_object_version")
        ),
        schema="openlot",
    )
    op.create_table(
        "inspection_item",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("sub_items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("objects", sa.Text(), nullable=False),
        sa.Column("ratio_text", sa.Text(), nullable=False),
        sa.Column("frequency_text", sa.Text(), nullable=False),
        sa.Column("methods", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("inspector_requirement", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "category IN ('general', 'key')", name=op.f("ck_inspection_item_category")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["openlot.registry_import.id"], name=op.f("fk_inspection_item_import_id")
        ),
        sa.PrimaryKeyConstraint(
            "department_code", "code", "version", name=op.f("pk_inspection_item")
        ),
        schema="openlot",
    )
    op.create_table(
        "inspector",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("certificate_no", sa.Text(), nullable=False),
        sa.Column("certificate_issuer", sa.Text(), nullable=False),
        sa.Column("certificate_valid_to", sa.Date(), nullable=False),
        sa.Column("qualifications", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("item_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_inspector_status")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["openlot.registry_import.id"], name=op.f("fk_inspector_import_id")
        ),
        sa.PrimaryKeyConstraint("department_code", "staff_no", name=op.f("pk_inspector")),
        schema="openlot",
    )
    op.create_table(
        "inspector_version",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("certificate_no", sa.Text(), nullable=False),
        sa.Column("certificate_issuer", sa.Text(), nullable=False),
        sa.Column("certificate_valid_to", sa.Date(), nullable=False),
        sa.Column("qualifications", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("item_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["openlot.registry_import.id"],
            name=op.f("fk_inspector_version_import_id"),
        ),
        sa.PrimaryKeyConstraint(
            "department_code", "staff_no", "version", name=op.f("pk_inspector_version")
        ),
        schema="openlot",
    )
    op.create_table(
        "ledger_entry",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("index >= 0", name=op.f("ck_ledger_entry_index")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["openlot.event.id"], name=op.f("fk_ledger_entry_event_id")
        ),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("event_id", name=op.f("uq_ledger_entry_event_id")),
        schema="openlot",
    )
    op.create_table(
        "plan",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_code"], ["openlot.department.code"], name=op.f("fk_plan_department_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_plan")),
        schema="openlot",
    )
    op.create_table(
        "declared_interest",
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "ground IN ('kinship', 'investment', 'employment', 'dispute', 'other')",
            name=op.f("ck_declared_interest_ground"),
        ),
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
    op.create_table(
        "plan_line",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("industries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("class_rates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rounding", sa.Text(), nullable=False),
        sa.Column("by_region", sa.Boolean(), nullable=False),
        sa.Column("reserves", sa.Integer(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("window_start <= window_end", name=op.f("ck_plan_line_window")),
        sa.ForeignKeyConstraint(
            ["plan_code"], ["openlot.plan.code"], name=op.f("fk_plan_line_plan_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_plan_line")),
        schema="openlot",
    )
    op.create_table(
        "plan_step",
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=True),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_person", sa.Text(), nullable=False),
        sa.Column("person_before", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft' AND state_before IS NULL AND person_before IS NULL) OR (state = 'submitted' AND state_before = 'draft') OR (state = 'approved' AND state_before = 'submitted') OR (state = 'published' AND state_before = 'approved')",
            name=op.f("ck_plan_step_order"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR taken_person <> person_before",
            name=op.f("ck_plan_step_two_persons"),
        ),
        sa.CheckConstraint(
            "state_before IS NULL OR person_before IS NOT NULL",
            name=op.f("ck_plan_step_person_before"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_code", "state_before", "person_before"],
            [
                "openlot.plan_step.plan_code",
                "openlot.plan_step.state",
                "openlot.plan_step.taken_person",
            ],
            name=op.f("fk_plan_step_plan_code_state_before_person_before"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_code"], ["openlot.plan.code"], name=op.f("fk_plan_step_plan_code")
        ),
        sa.PrimaryKeyConstraint("plan_code", "state", name=op.f("pk_plan_step")),
        sa.UniqueConstraint(
            "plan_code",
            "state",
            "taken_person",
            name=op.f("uq_plan_step_plan_code_state_taken_person"),
        ),
        schema="openlot",
    )
    op.create_table(
        "draw",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("plan_line_code", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("replacement", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("alg", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("target_draw_id", sa.Text(), nullable=True),
        sa.Column("mends_draw_id", sa.Text(), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("slack", sa.Integer(), nullable=True),
        sa.CheckConstraint("alg IN ('sha256', 'sm3')", name=op.f("ck_draw_alg")),
        sa.CheckConstraint("purpose IN ('real', 'test')", name=op.f("ck_draw_purpose")),
        sa.CheckConstraint("stage IN ('target', 'inspector')", name=op.f("ck_draw_stage")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_draw_attempt")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_draw_round")),
        sa.ForeignKeyConstraint(
            ["plan_line_code"], ["openlot.plan_line.code"], name=op.f("fk_draw_plan_line_code")
        ),
        sa.PrimaryKeyConstraint("draw_id", "attempt", name=op.f("pk_draw")),
        sa.UniqueConstraint(
            "plan_line_code",
            "stage",
            "round",
            "replacement",
            "attempt",
            name=op.f("uq_draw_plan_line_code_stage_round_replacement_attempt"),
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_draw_department_code_draw_id_attempt"),
        "draw",
        ["department_code", "draw_id", "attempt"],
        unique=False,
        schema="openlot",
    )
    op.create_table(
        "draw_file",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id", "attempt"],
            ["openlot.draw.draw_id", "openlot.draw.attempt"],
            name=op.f("fk_draw_file_draw_id_attempt"),
        ),
        sa.PrimaryKeyConstraint("draw_id", "attempt", "name", name=op.f("pk_draw_file")),
        schema="openlot",
    )
    op.create_table(
        "draw_step",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=True),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft' AND state_before IS NULL) OR (state = 'frozen' AND state_before = 'draft') OR (state = 'committed' AND state_before = 'frozen') OR (state = 'seeded' AND state_before = 'committed') OR (state = 'drawn' AND state_before = 'seeded')",
            name=op.f("ck_draw_step_order"),
        ),
        sa.ForeignKeyConstraint(
            ["draw_id", "attempt", "state_before"],
            ["openlot.draw_step.draw_id", "openlot.draw_step.attempt", "openlot.draw_step.state"],
            name=op.f("fk_draw_step_draw_id_attempt_state_before"),
        ),
        sa.ForeignKeyConstraint(
            ["draw_id", "attempt"],
            ["openlot.draw.draw_id", "openlot.draw.attempt"],
            name=op.f("fk_draw_step_draw_id_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["openlot.event.id"], name=op.f("fk_draw_step_event_id")
        ),
        sa.PrimaryKeyConstraint("draw_id", "attempt", "state", name=op.f("pk_draw_step")),
        schema="openlot",
    )
    op.create_table(
        "drawn_seat",
        sa.Column("inspector_draw_id", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("turn >= 1", name=op.f("ck_drawn_seat_turn")),
        sa.ForeignKeyConstraint(
            ["draw_id", "attempt"],
            ["openlot.draw.draw_id", "openlot.draw.attempt"],
            name=op.f("fk_drawn_seat_draw_id_attempt"),
        ),
        sa.PrimaryKeyConstraint(
            "inspector_draw_id",
            "object_code",
            "department_code",
            "seat",
            "turn",
            name=op.f("pk_drawn_seat"),
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_drawn_seat_department_code_staff_no"),
        "drawn_seat",
        ["department_code", "staff_no"],
        unique=False,
        schema="openlot",
    )
    op.create_table(
        "webhook_subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'disabled')", name=op.f("ck_webhook_subscription_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_subscription")),
        schema="openlot",
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="ready", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('ready', 'delivered', 'dead')", name=op.f("ck_webhook_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["openlot.event.id"], name=op.f("fk_webhook_delivery_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["openlot.webhook_subscription.id"],
            name=op.f("fk_webhook_delivery_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint(
            "subscription_id", "event_id", name=op.f("uq_webhook_delivery_subscription_id_event_id")
        ),
        schema="openlot",
    )
    op.create_index(
        op.f("ix_webhook_delivery_subscription_id_locked_until"),
        "webhook_delivery",
        ["subscription_id", "locked_until"],
        unique=False,
        schema="openlot",
        postgresql_where=sa.text("locked_until IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_webhook_delivery_subscription_id_run_at"),
        "webhook_delivery",
        ["subscription_id", "run_at"],
        unique=False,
        schema="openlot",
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["openlot.webhook_delivery.id"],
            name=op.f("fk_webhook_attempt_delivery_id"),
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempt")),
        schema="openlot",
    )
    op.create_table(
        "inspection_task",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("national_key", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan_line_code", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("target_draw_id", sa.Text(), nullable=False),
        sa.Column("inspector_draw_id", sa.Text(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("object_count", sa.Integer(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_line_code"],
            ["openlot.plan_line.code"],
            name=op.f("fk_inspection_task_plan_line_code"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_inspection_task")),
        sa.UniqueConstraint("national_key", name=op.f("uq_inspection_task_national_key")),
        sa.UniqueConstraint(
            "plan_line_code", "round", name=op.f("uq_inspection_task_plan_line_code_round")
        ),
        schema="openlot",
    )
    op.create_table(
        "department_task",
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("national_key", sa.Text(), nullable=False),
        sa.Column("lead_department_code", sa.Text(), nullable=False),
        sa.Column("task_name", sa.Text(), nullable=False),
        sa.Column("inspector_draw_id", sa.Text(), nullable=False),
        sa.Column("item_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_code"],
            ["openlot.inspection_task.code"],
            name=op.f("fk_department_task_task_code"),
        ),
        sa.PrimaryKeyConstraint("task_code", "department_code", name=op.f("pk_department_task")),
        sa.UniqueConstraint(
            "national_key",
            "department_code",
            name=op.f("uq_department_task_national_key_department_code"),
        ),
        schema="openlot",
    )
    op.create_table(
        "inspection_closing",
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("value BETWEEN 1 AND 8", name=op.f("ck_inspection_closing_value")),
        sa.ForeignKeyConstraint(
            ["task_code"],
            ["openlot.inspection_task.code"],
            name=op.f("fk_inspection_closing_task_code"),
        ),
        sa.PrimaryKeyConstraint("task_code", "object_code", name=op.f("pk_inspection_closing")),
        schema="openlot",
    )
    op.create_table(
        "replacement_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("staff_no", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('illness', 'leave', 'recusal', 'transfer', 'certificate')",
            name=op.f("ck_replacement_request_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["task_code"],
            ["openlot.inspection_task.code"],
            name=op.f("fk_replacement_request_task_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replacement_request")),
        sa.UniqueConstraint(
            "id", "requested_person", name=op.f("uq_replacement_request_id_requested_person")
        ),
        sa.UniqueConstraint(
            "task_code",
            "object_code",
            "department_code",
            "seat",
            "staff_no",
            name="uq_replacement_request_holder",
        ),
        schema="openlot",
    )
    op.create_table(
        "task_closing",
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_code"], ["openlot.inspection_task.code"], name=op.f("fk_task_closing_task_code")
        ),
        sa.PrimaryKeyConstraint("task_code", name=op.f("pk_task_closing")),
        schema="openlot",
    )
    op.create_table(
        "inspection_part",
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_code", "department_code"],
            ["openlot.department_task.task_code", "openlot.department_task.department_code"],
            name=op.f("fk_inspection_part_task_code_department_code"),
        ),
        sa.PrimaryKeyConstraint(
            "task_code", "object_code", "department_code", name=op.f("pk_inspection_part")
        ),
        schema="openlot",
    )
    op.create_table(
        "replacement_approval",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_person", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "approved_person <> requested_person", name=op.f("ck_replacement_approval_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["request_id", "requested_person"],
            ["openlot.replacement_request.id", "openlot.replacement_request.requested_person"],
            name=op.f("fk_replacement_approval_request_id_requested_person"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_replacement_approval")),
        schema="openlot",
    )
    op.create_table(
        "disposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('order_rectify', 'handover_daily', 'case_lead', 'copy_department', 'penalty', 'criminal', 'anomaly_list')",
            name=op.f("ck_disposal_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["task_code", "object_code", "department_code"],
            [
                "openlot.inspection_part.task_code",
                "openlot.inspection_part.object_code",
                "openlot.inspection_part.department_code",
            ],
            name=op.f("fk_disposal_task_code_object_code_department_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal")),
        schema="openlot",
    )
    op.create_table(
        "result_entry",
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_person", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_code", "object_code", "department_code"],
            [
                "openlot.inspection_part.task_code",
                "openlot.inspection_part.object_code",
                "openlot.inspection_part.department_code",
            ],
            name=op.f("fk_result_entry_task_code_object_code_department_code"),
        ),
        sa.PrimaryKeyConstraint(
            "task_code", "object_code", "department_code", "version", name=op.f("pk_result_entry")
        ),
        sa.UniqueConstraint(
            "task_code",
            "object_code",
            "department_code",
            "version",
            "entered_person",
            name="uq_result_entry_person",
        ),
        schema="openlot",
    )
    op.create_table(
        "disposal_step",
        sa.Column("disposal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('rectified', 'recheck_passed', 'recheck_failed', 'closed')",
            name=op.f("ck_disposal_step_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["disposal_id"], ["openlot.disposal.id"], name=op.f("fk_disposal_step_disposal_id")
        ),
        sa.PrimaryKeyConstraint("disposal_id", "number", name=op.f("pk_disposal_step")),
        schema="openlot",
    )
    op.create_table(
        "result_review",
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entered_person", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.Column("reviewed_person", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('approved', 'returned')", name=op.f("ck_result_review_decision")
        ),
        sa.CheckConstraint(
            "reviewed_person <> entered_person", name=op.f("ck_result_review_other_person")
        ),
        sa.ForeignKeyConstraint(
            ["task_code", "object_code", "department_code", "version", "entered_person"],
            [
                "openlot.result_entry.task_code",
                "openlot.result_entry.object_code",
                "openlot.result_entry.department_code",
                "openlot.result_entry.version",
                "openlot.result_entry.entered_person",
            ],
            name="fk_result_review_entry",
        ),
        sa.PrimaryKeyConstraint(
            "task_code", "object_code", "department_code", "version", name=op.f("pk_result_review")
        ),
        schema="openlot",
    )
    op.create_table(
        "result_signature",
        sa.Column("task_code", sa.Text(), nullable=False),
        sa.Column("object_code", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("signed_person", sa.Text(), nullable=False),
        sa.Column("entered_person", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "signed_person <> entered_person", name=op.f("ck_result_signature_second_officer")
        ),
        sa.ForeignKeyConstraint(
            ["task_code", "object_code", "department_code", "version", "entered_person"],
            [
                "openlot.result_entry.task_code",
                "openlot.result_entry.object_code",
                "openlot.result_entry.department_code",
                "openlot.result_entry.version",
                "openlot.result_entry.entered_person",
            ],
            name="fk_result_signature_entry",
        ),
        sa.PrimaryKeyConstraint(
            "task_code",
            "object_code",
            "department_code",
            "version",
            "signed_person",
            name=op.f("pk_result_signature"),
        ),
        schema="openlot",
    )
    for table in OF_DEPARTMENT:
        _separate_departments(table)
    op.execute(KEY_BY_DIGEST.format(table="api_key"))
    op.execute(KEY_BY_DIGEST.format(table="api_key_revocation"))
    op.execute(REFUSE_CHANGE)
    for table in INSERT_ONLY:
        _keep_history(table)
    for key, value, source in RULES:
        op.execute(
            sa.text(
                "INSERT INTO openlot.rule (key, valid_from, value, source, recorded_at, recorded_by)"
                " VALUES (:key, '2024-01-01', CAST(:value AS jsonb), :source, now(), 'migration')"
            ).bindparams(key=key, value=json.dumps(value), source=source)
        )


def downgrade() -> None:
    op.drop_table("result_signature", schema="openlot")
    op.drop_table("result_review", schema="openlot")
    op.drop_table("disposal_step", schema="openlot")
    op.drop_table("result_entry", schema="openlot")
    op.drop_table("disposal", schema="openlot")
    op.drop_table("replacement_approval", schema="openlot")
    op.drop_table("inspection_part", schema="openlot")
    op.drop_table("task_closing", schema="openlot")
    op.drop_table("replacement_request", schema="openlot")
    op.drop_table("inspection_closing", schema="openlot")
    op.drop_table("department_task", schema="openlot")
    op.drop_table("inspection_task", schema="openlot")
    op.drop_table("webhook_attempt", schema="openlot")
    op.drop_index(
        op.f("ix_webhook_delivery_subscription_id_run_at"),
        table_name="webhook_delivery",
        schema="openlot",
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.drop_index(
        op.f("ix_webhook_delivery_subscription_id_locked_until"),
        table_name="webhook_delivery",
        schema="openlot",
        postgresql_where=sa.text("locked_until IS NOT NULL"),
    )
    op.drop_table("webhook_delivery", schema="openlot")
    op.drop_table("webhook_subscription", schema="openlot")
    op.drop_index(
        op.f("ix_drawn_seat_department_code_staff_no"), table_name="drawn_seat", schema="openlot"
    )
    op.drop_table("drawn_seat", schema="openlot")
    op.drop_table("draw_step", schema="openlot")
    op.drop_table("draw_file", schema="openlot")
    op.drop_index(
        op.f("ix_draw_department_code_draw_id_attempt"), table_name="draw", schema="openlot"
    )
    op.drop_table("draw", schema="openlot")
    op.drop_table("plan_step", schema="openlot")
    op.drop_table("plan_line", schema="openlot")
    op.drop_table("declared_interest", schema="openlot")
    op.drop_table("plan", schema="openlot")
    op.drop_table("ledger_entry", schema="openlot")
    op.drop_table("inspector_version", schema="openlot")
    op.drop_table("inspector", schema="openlot")
    op.drop_table("inspection_item", schema="openlot")
    op.drop_table("inspected_object_version", schema="openlot")
    op.drop_index(
        op.f("ix_inspected_object_department_code_region_code"),
        table_name="inspected_object",
        schema="openlot",
    )
    op.drop_table("inspected_object", schema="openlot")
    op.drop_table("event_dispatch", schema="openlot")
    op.drop_table("credit_class", schema="openlot")
    op.drop_table("api_key_revocation", schema="openlot")
    op.drop_table("rule", schema="openlot")
    op.drop_index(
        op.f("ix_registry_import_department_code_sequence"),
        table_name="registry_import",
        schema="openlot",
    )
    op.drop_table("registry_import", schema="openlot")
    op.drop_index(op.f("ix_publication_supersedes_id"), table_name="publication", schema="openlot")
    op.drop_index(op.f("ix_publication_published_at"), table_name="publication", schema="openlot")
    op.drop_index(
        op.f("ix_publication_kind_published_at"), table_name="publication", schema="openlot"
    )
    op.drop_table("publication", schema="openlot")
    op.drop_table("open_seat", schema="openlot")
    op.drop_table("ledger_node", schema="openlot")
    op.drop_table("ledger_checkpoint", schema="openlot")
    op.drop_table("kept_reply", schema="openlot")
    op.drop_table("industry", schema="openlot")
    op.drop_index(op.f("ix_event_subject_sequence"), table_name="event", schema="openlot")
    op.drop_table("event", schema="openlot")
    op.drop_table("division", schema="openlot")
    op.drop_table("department", schema="openlot")
    op.drop_table("calendar_day", schema="openlot")
    op.drop_table("api_key", schema="openlot")
    op.execute("DROP FUNCTION openlot.refuse_change()")
