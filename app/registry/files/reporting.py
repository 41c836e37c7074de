"""A file checked where there is no database, and what is wrong with it as one JSON document."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.registry.files.kinds import FileKind
from app.registry.files.offline import offline_tables
from app.registry.files.run import FileCheck, check_file
from app.registry.files.tables import CodeTables, read_table


@dataclass(frozen=True, slots=True)
class Report:
    """What a check came to, and how often each code of a fault was told."""

    check: FileCheck
    codes: Counter[str]

    def lines(self) -> Iterator[str]:
        """What a person is told, in Chinese and English; rows, if a person has to look at them."""
        told = self.check
        faulty, form = told.rows - told.valid, " ".join(filter(None, (told.format, told.encoding)))
        yield f"{form} 共 {told.rows} 行，有效 {told.valid} 行，有误 {faulty} 行，错误 {told.fault_count} 处"
        yield f"{told.rows} rows, {told.valid} valid, {faulty} faulty, {told.fault_count} errors"
        if told.ambiguous:
            yield "编码无法确定，请核对样例行  which encoding is meant is uncertain; look at the rows:"
            yield from ("  " + " | ".join(row.values()) for row in told.sample)
        yield from (f"  {code:<24}{count}" for code, count in self.codes.most_common())


def report(source: Path, kind: FileKind, out: Path, tables: CodeTables) -> Report:
    """Check a file and write {"rows", "valid", "errors": [{"row", "column", "code", "value"}]},
    all errors in the order of rows, in bounded memory. Raises OSError."""
    with tempfile.TemporaryDirectory() as folder:
        faults = Path(folder, "faults")
        told = check_file(source, kind, tables, rows_out=None, faults_out=faults)
        codes: Counter[str] = Counter()
        with faults.open(encoding="utf-8") as lines, out.open("w", encoding="utf-8") as file:
            file.write(f'{{"rows":{told.rows},"valid":{told.valid},"errors":[')
            for line in lines:
                file.write(",\n" if codes else "\n")
                # A quote within a value is escaped, so that this is the member itself.
                file.write(line[: line.index(',"zh":')] + "}")
                codes[line.split('"code":"', 1)[1].partition('"')[0]] += 1
            file.write("]}\n")
    return Report(told, codes)


def given_tables(divisions: Path | None, industries: Path | None) -> CodeTables:
    """The tables of files, or what the package knows of those that are not given. Raises OSError,
    and ValueError for a file that is no code table."""
    known = offline_tables()
    try:
        if divisions is not None:
            given = CodeTables.of(read_table(divisions), ())
            known = replace(known, regions=given.regions, names=given.names)
        if industries is not None:
            known = replace(known, industries=CodeTables.of((), read_table(industries)).industries)
    except (KeyError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    return known
