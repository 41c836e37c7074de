"""The rules of frequency caps: ceilings of visits a year, and what lets an object pass them."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RULES: tuple[tuple[str, object, str], ...] = (
    (
        "visits.yearly-ceiling",
        {},
        (
            "国办发〔2024〕54号：行政执法主体公布对同一企业的年度行政检查频次上限；本系统不预设上限，"
            "各部门公布后，按部门和检查对象类型录入其公布的次数和文号"
        ),
    ),
    (
        "visits.cap-exceptions",
        [
            "complaint",
            "lead",
            "transferred-case",
            "data-anomaly",
            "anomaly-list",
            "serious-violation-list",
        ],
        (
            "国办发〔2024〕54号：根据投诉举报、转办交办、数据监测等线索的检查不受频次上限限制；"
            "国办发〔2015〕58号：对投诉举报多、列入经营异常名录、有严重违法违规记录的加大抽查力度；"
            "值为专项库代码，地方另有规定的，录入其规定"
        ),
    ),
)
CEILINGS = """
key <> 'visits.yearly-ceiling' OR COALESCE(
    jsonb_typeof(value) = 'object'
    AND NOT jsonb_path_exists(value, '$.*.type() ? (@ <> "object")')
    AND NOT jsonb_path_exists(value, '$.*.*.type() ? (@ <> "number")')
    AND NOT jsonb_path_exists(value, '$.*.* ? (@ < 0)'), false)
"""
# A downgrade leaves the rules, as texts of law are never deleted; they are not recorded twice.
RECORD_RULE = """
INSERT INTO openlot.rule (key, valid_from, value, source, recorded_at, recorded_by)
SELECT :key, '2024-01-01', CAST(:value AS jsonb), :source, now(), 'migration'
WHERE NOT EXISTS (SELECT FROM openlot.rule WHERE key = :key)
"""


def upgrade() -> None:
    op.create_check_constraint(op.f("ck_rule_ceilings"), "rule", CEILINGS, schema="openlot")
    for key, value, source in RULES:
        op.execute(
            sa.text(RECORD_RULE).bindparams(
                sa.bindparam("key", key, sa.Text()), value=json.dumps(value), source=source
            )
        )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_rule_ceilings"), "rule", schema="openlot")
