"""What a draw is made from: rows of the registry become the frozen input of the draw core."""

from app.draws.pools.freezing import freeze
from app.draws.pools.frozen import Frozen
from app.draws.pools.officers import InspectorPool, inspector_pool, replacement_pool
from app.draws.pools.targets import TargetPool, target_pool

__all__ = [
    "Frozen",
    "InspectorPool",
    "TargetPool",
    "freeze",
    "inspector_pool",
    "replacement_pool",
    "target_pool",
]
