"""Recusals requested, found, and decided by a named head."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled as the feature is built."""


def downgrade() -> None:
    """Filled as the feature is built."""
