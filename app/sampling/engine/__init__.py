"""The target draw of large frames: from file to files in bounded memory, the core's bytes.

`frame_file_digest` tells beforehand what a commitment says of a frame.
"""

from app.sampling.engine.target import (
    FileDraw,
    Limits,
    draw_target_files,
    frame_file_digest,
    prepare,
)

__all__ = ["FileDraw", "Limits", "draw_target_files", "frame_file_digest", "prepare"]
