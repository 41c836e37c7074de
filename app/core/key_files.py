"""Keys that a service makes once and keeps in files that only its own user may read."""

import os
from pathlib import Path


def make_once(path: Path, content: bytes) -> None:
    """Write `content` to a new file of mode 0600. A file that is there, or that another process
    makes meanwhile, stays as it is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_suffix(f".{os.getpid()}")
    made.touch(mode=0o600)
    made.write_bytes(content)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
