"""Two approvals from a person's so-many-th replacement request of a year on, and its rule."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

VISIBLE = """
(SELECT current_setting('app.departments', true)) = '*'
OR department_code = ANY (string_to_array(
    (SELECT NULLIF(current_setting('app.departments', true), '')), ','))
"""
MOMENT = sa.DateTime(timezone=True)
RULE = "replacement.second-approval-from"
SOURCE = (
    "本系统内控规定：同一申请人在同一公历年内第三次及以后申请更换检查人员的，须经两名批准人同意；"
    "地方另有规定的，录入其规定"
)
# Row policies hold for the owner too, and the requests that are there have no number yet.
NUMBER_REQUESTS = """
UPDATE openlot.replacement_request AS request SET year = counted.year, number = counted.number
FROM (
    SELECT id, asked.year, row_number() OVER (
        PARTITION BY requested_person, asked.year ORDER BY requested_at, id) AS number
    FROM openlot.replacement_request, LATERAL (
        SELECT extract(year FROM requested_at AT TIME ZONE 'Asia/Shanghai')::integer AS year
    ) AS asked
) AS counted WHERE counted.id = request.id
"""
# A downgrade leaves the rule, as texts of law are never deleted; it is not recorded twice.
RECORD_RULE = """
INSERT INTO openlot.rule (key, valid_from, value, source, recorded_at, recorded_by)
SELECT :key, '2024-01-01', CAST(:value AS jsonb), :source, now(), 'migration'
WHERE NOT EXISTS (SELECT FROM openlot.rule WHERE key = :key)
"""


def upgrade() -> None:
    _number_requests()
    _create_endorsements()
    _separate_departments("replacement_endorsement")
    _keep_history("replacement_endorsement")
    _let_approvals_name_endorsers()
    op.execute(
        sa.text(RECORD_RULE).bindparams(
            sa.bindparam("key", RULE, sa.Text()), value=json.dumps(3), source=SOURCE
        )
    )


def _number_requests() -> None:
    """The one change that rows of the history ever see: two columns that they did not have."""
    for name in ("year", "number"):
        op.add_column("replacement_request", sa.Column(name, sa.Integer()), schema="openlot")
    op.execute("SELECT set_config('app.departments', '*', true)")
    op.execute("ALTER TABLE openlot.replacement_request DISABLE TRIGGER keep_rows")
    op.execute(NUMBER_REQUESTS)
    op.execute("ALTER TABLE openlot.replacement_request ENABLE TRIGGER keep_rows")
    for name in ("year", "number"):
        op.alter_column("replacement_request", name, nullable=False, schema="openlot")
    op.create_check_constraint(
        op.f("ck_replacement_request_number"),
        "replacement_request",
        "number >= 1",
        schema="openlot",
    )
    op.create_unique_constraint(
        op.f("uq_replacement_request_requested_person_year_number"),
        "replacement_request",
        ["requested_person", "year", "number"],
        schema="openlot",
    )


def _create_endorsements() -> None:
    op.create_table(
        "replacement_endorsement",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("requested_person", sa.Text(), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("endorsed_at", MOMENT, nullable=False),
        sa.Column("endorsed_by", sa.Text(), nullable=False),
        sa.Column("endorsed_person", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "endorsed_person <> requested_person",
            name=op.f("ck_replacement_endorsement_two_persons"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id", "requested_person"],
            ["openlot.replacement_request.id", "openlot.replacement_request.requested_person"],
            name=op.f("fk_replacement_endorsement_request_id_requested_person"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_replacement_endorsement")),
        sa.UniqueConstraint(
            "request_id",
            "endorsed_person",
            name=op.f("uq_replacement_endorsement_request_id_endorsed_person"),
        ),
        schema="openlot",
    )


def _let_approvals_name_endorsers() -> None:
    op.add_column("replacement_approval", sa.Column("endorsed_person", sa.Text()), schema="openlot")
    op.create_foreign_key(
        op.f("fk_replacement_approval_request_id_endorsed_person"),
        "replacement_approval",
        "replacement_endorsement",
        ["request_id", "endorsed_person"],
        ["request_id", "endorsed_person"],
        source_schema="openlot",
        referent_schema="openlot",
    )
    op.create_check_constraint(
        op.f("ck_replacement_approval_two_approvers"),
        "replacement_approval",
        "approved_person <> endorsed_person",
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
    op.drop_constraint(
        op.f("ck_replacement_approval_two_approvers"), "replacement_approval", schema="openlot"
    )
    op.drop_constraint(
        op.f("fk_replacement_approval_request_id_endorsed_person"),
        "replacement_approval",
        schema="openlot",
    )
    op.drop_column("replacement_approval", "endorsed_person", schema="openlot")
    op.drop_table("replacement_endorsement", schema="openlot")
    op.drop_constraint(
        op.f("uq_replacement_request_requested_person_year_number"),
        "replacement_request",
        schema="openlot",
    )
    op.drop_constraint(
        op.f("ck_replacement_request_number"), "replacement_request", schema="openlot"
    )
    op.drop_column("replacement_request", "number", schema="openlot")
    op.drop_column("replacement_request", "year", schema="openlot")
