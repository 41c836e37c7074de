"""The log as rows: entries, the hashes of all complete subtrees, and signed checkpoints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, public


class LedgerEntry(Base):
    """One leaf: `full_data` is the canonical JSON whose RFC 6962 leaf hash is in the tree."""

    __tablename__ = "ledger_entry"
    __table_args__ = (CheckConstraint("index >= 0", name="index"), {"info": INSERT_ONLY})

    index: Mapped[int] = public(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = public(ForeignKey("openlot.event.id"), unique=True)
    full_data: Mapped[str] = internal("data")
    withheld: Mapped[bool] = public()
    """Whether the public answer leaves the data out: it comes with the evidence, in its time."""
    leaf_hash: Mapped[bytes] = public(LargeBinary)
    recorded_at: Mapped[datetime] = public()

    @property
    def data(self) -> str | None:
        """What the public may see of the entry now."""
        return None if self.withheld else self.full_data


class LedgerNode(Base):
    """The hash of a complete subtree of 2^level leaves, the `index`-th of its level."""

    __tablename__ = "ledger_node"
    __table_args__ = ({"info": INSERT_ONLY},)

    level: Mapped[int] = public(primary_key=True, autoincrement=False)
    index: Mapped[int] = public(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = public(LargeBinary)


class LedgerCheckpoint(Base):
    """The signed root after one transaction."""

    __tablename__ = "ledger_checkpoint"
    __table_args__ = ({"info": INSERT_ONLY},)

    size: Mapped[int] = public(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = public(LargeBinary)
    note: Mapped[str] = public()
