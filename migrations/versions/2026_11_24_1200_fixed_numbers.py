"""The least number of objects of a stratum, as a plan line asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "plan_line",
        sa.Column("min_per_stratum", sa.Integer(), server_default="0", nullable=False),
        schema="openlot",
    )


def downgrade() -> None:
    op.drop_column("plan_line", "min_per_stratum", schema="openlot")
