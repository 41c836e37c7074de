"""What the directory of inspectors says beyond certificates."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled as the feature is built."""


def downgrade() -> None:
    """Filled as the feature is built."""
