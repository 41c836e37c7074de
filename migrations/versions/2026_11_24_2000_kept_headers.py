"""The headers of a kept answer, so that a repeat is told the same address and version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Answers that were kept before have none."""
    op.add_column(
        "kept_reply",
        sa.Column(
            "headers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default="{}",
        ),
        schema="openlot",
    )


def downgrade() -> None:
    op.drop_column("kept_reply", "headers", schema="openlot")
