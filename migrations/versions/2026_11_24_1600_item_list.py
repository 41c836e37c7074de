"""Versions of inspection items with duties, caps and publication."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled as the feature is built."""


def downgrade() -> None:
    """Filled as the feature is built."""
