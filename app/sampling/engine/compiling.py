"""Functions that run as machine code, off the interpreter's lock, so that threads share the work."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import njit
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Long = NDArray[np.uint64]
Numbers = NDArray[np.int64]


_config: Any = numba.config


def _kept_in() -> str:
    """A folder for this very text of the engine. numba looks only at the file of a function, not at
    those of the functions that it has taken a copy of: after a change elsewhere it would go on
    with the former code."""
    own = Path(__file__).parent
    text = b"".join(file.read_bytes() for file in sorted(own.glob("*.py")))
    folder = Path(_config.CACHE_DIR or own / "__pycache__")
    return str(folder / f"compiled-{hashlib.sha256(text).hexdigest()[:16]}")


_config.CACHE_DIR = _kept_in()


def compiled(function: F) -> F:
    """Compiled at the first call, and kept on disk for later processes where that can be written.

    Nothing is checked at run time: whoever calls answers for indices and sizes.
    """
    return _compiled(function, inline=False)


def inlined(function: F) -> F:
    """The same, to be called by compiled functions, each of which takes a copy: for what is done
    with every line, since a call hands over seven values for each array."""
    return _compiled(function, inline=True)


def _compiled(function: F, *, inline: bool) -> F:
    try:
        return cast("F", njit(nogil=True, cache=True, forceinline=inline)(function))
    except RuntimeError:  # no folder for the cache can be written
        return cast("F", njit(nogil=True, forceinline=inline)(function))
