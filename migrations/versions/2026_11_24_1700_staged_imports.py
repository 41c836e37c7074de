"""Imports in stages, and operations with progress."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled as the feature is built."""


def downgrade() -> None:
    """Filled as the feature is built."""
