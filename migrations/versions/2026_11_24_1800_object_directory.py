"""Tags, licences, saved queries and quality of the directory of objects."""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled as the feature is built."""


def downgrade() -> None:
    """Filled as the feature is built."""
