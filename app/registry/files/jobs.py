"""What the checking process is told, and the place of its files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckJob:
    """One check; paths as texts, an empty `rows_out` if the rows are not wanted. With `marked_out`
    nothing is checked: the faults of an earlier check are shown in a workbook."""

    source: str
    kind: str
    tables: str
    rows_out: str
    faults_out: str
    marked_out: str
    folder: str
    department: str
    memory_bytes: int
    cpu_seconds: int
