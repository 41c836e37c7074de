"""What a freeze leaves."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Frozen:
    """The files of a frozen input, its figures, and what the public log says of it."""

    files: dict[str, bytes]
    details: dict[str, Any]
    published: dict[str, Any]
