"""The target draw of large frames: from file to files in bounded memory, the core's bytes.

`check_frame_file` and `draw_checked` are its two halves, and `frame_file_digest` stands beside
them; `draw_target_files` is the whole, with the frame held against the commitment.
"""

from app.sampling.engine.target import (
    CheckedFrame,
    FileDraw,
    Limits,
    check_frame_file,
    draw_checked,
    draw_target_files,
    frame_file_digest,
    prepare,
)

__all__ = [
    "CheckedFrame",
    "FileDraw",
    "Limits",
    "check_frame_file",
    "draw_checked",
    "draw_target_files",
    "frame_file_digest",
    "prepare",
]
