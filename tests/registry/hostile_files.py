"""Files as nobody should send them, the same ones every time: name -> bytes and the code of the
first fault, or None where any precise refusal will do."""

import io
import random
import warnings
import zipfile
from collections.abc import Iterator

import openpyxl

from tests.registry.checked_files import HEADER, csv_of, row

Hostile = tuple[str, bytes, str | None]
SHEET = "xl/worksheets/sheet1.xml"


def book(*rows: list[object], header: tuple[str, ...] = HEADER) -> bytes:
    made = openpyxl.Workbook()
    for fields in (list(header), *rows):
        made.active.append(fields)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def ods(body: str) -> bytes:
    """An OpenDocument spreadsheet with these table rows."""
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet>'
        f'<table:table table:name="t">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest><x media-type="{kind}"/></manifest:manifest>'
    return zipped(
        {"mimetype": kind.encode(), "content.xml": content.encode()}
        | {"META-INF/manifest.xml": manifest.encode()}
    )


def ods_row(fields: list[str] | tuple[str, ...]) -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{f}</text:p></table:table-cell>'
        for f in fields
    )
    return f"<table:table-row>{cells}</table:table-row>"


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


def changed(data: bytes, **members: bytes) -> bytes:
    """A workbook with members added or replaced; `__` in a name is a slash, `_d_` a dot."""
    renamed = {n.replace("__", "/").replace("_d_", "."): b for n, b in members.items()}
    return zipped(members_of(data) | renamed)


def listed_twice(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("xl/workbook.xml", b"x")
    return out.getvalue()


def linked(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("xl/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def repeated(row: str, times: int | str) -> str:
    """A table row of an OpenDocument that stands there many times."""
    return row.replace(
        "<table:table-row>", f'<table:table-row table:number-rows-repeated="{times}">'
    )


def tables() -> Iterator[Hostile]:
    """OpenDocuments of a kilobyte that would unpack to more cells than there is memory."""
    head, one = ods_row(HEADER), ods_row(row())
    many = one.replace(
        "<table:table-cell ", '<table:table-cell table:number-columns-repeated="{}" ', 1
    )
    empty = '<table:table-row><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    spaces = one.replace("<text:p>", '<text:p><text:s text:c="2000000000"/>', 1)
    long = ods_row(("长" * 30_000, *row()[1:]))
    yield "a row a million times", ods(head + repeated(one, 1_000_000)), "cells-repeated"
    yield "a row 2^64 times", ods(head + repeated(one, 2**64)), "cells-repeated"
    yield "a row less than once", ods(head + repeated(one, -1)), "file-damaged"
    yield "a row x times", ods(head + repeated(one, "x")), "file-damaged"
    yield "a column a million times", ods(head + many.format(1_000_000)), "columns-too-many"
    yield "a header 16384 times", ods(many.format(16_384)), "columns-too-many"
    yield "both", ods(head + repeated(many.format(600), 100_000)), "cells-repeated"
    yield "the last row", ods(head + repeated(empty, 1_048_574) + one), "cells-repeated"
    yield "a cell of spaces", ods(head + spaces), "cells-repeated"
    yield "a long text often", ods(head + repeated(long, 10_000)), "cells-repeated"
    yield "no table", ods("").replace(b"table:table", b"table:other"), None


def archives() -> Iterator[Hostile]:
    good = book(row())
    sheet = members_of(good)[SHEET]
    entities = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>'
    yield "bomb", changed(good, xl__a_d_bin=b"\0" * (60 << 20)), "zip-ratio"
    yield "huge", changed(good, **{f"a{n}": bytes(50 << 20) for n in range(5)}), "zip-too-large"
    yield "nested", changed(good, xl__a_d_bin=good), "zip-nested"
    yield "nested gzip", changed(good, a=b"\x1f\x8b\x08rest"), "zip-nested"
    yield "parent", changed(good, **{"../a": b"x"}), "zip-member-name"
    yield "absolute", changed(good, **{"/a": b"x"}), "zip-member-name"
    yield "drive", changed(good, **{"c:\\a": b"x"}), "zip-member-name"
    yield "twice", listed_twice(good), "zip-member-name"
    yield "link", linked(good), "zip-member-name"
    yield "many", changed(good, **{f"a{n}": b"" for n in range(1100)}), "zip-members"
    yield "trailing", good + b"x", "zip-trailing"
    yield "comment", good[:-2] + b"\x02\x00ab", "zip-trailing"
    yield "macros", changed(good, xl__vbaProject_d_bin=b"x"), "file-macros"
    yield "entities", changed(good, **{SHEET: entities + sheet}), "xml-entities"
    yield "half a sheet", changed(good, **{SHEET: sheet[: len(sheet) // 2]}), "file-damaged"
    yield "no sheet", zipped({n: b for n, b in members_of(good).items() if n != SHEET}), None
    yield "no workbook", zipped({"a.csv": csv_of(row()).encode()}), "file-archive"
    yield "binary workbook", zipped({"xl/workbook.bin": b"x"}), "file-xlsb"
    yield "document", zipped({"word/document.xml": b"x"}), "file-word"
    yield "slides", zipped({"ppt/presentation.xml": b"x"}), "file-presentation"
    far = b'<c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>'
    yield (
        "16384 columns",
        changed(good, **{SHEET: sheet.replace(b"</row>", far, 1)}),
        ("columns-too-many"),
    )
    wide = tuple(f"c{n}" for n in range(600))
    yield "606 columns", book(row(), header=HEADER + wide), "columns-too-many"
    empty = b"".join(b'<row r="%d"></row>' % n for n in range(3, 300_000))
    yield "empty rows", changed(good, **{SHEET: sheet.replace(b"</sheetData>", empty)}), None
    yield "only a header", book(), "file-empty"
    yield "no header", book(row(), header=tuple(row(2))), "column-missing"
    yield "title above", book(list(HEADER), row(), header=("检查对象名录库",)), "header-below"
    yield "ods", ods(ods_row(HEADER)), "file-empty"
    encrypted = zipped({"content.xml": b"x", "META-INF/manifest.xml": b"<m><encryption-data/></m>"})
    yield "ods with a password", encrypted, "file-encrypted"
    yield (
        "ods of text",
        zipped({"content.xml": b"x", "META-INF/manifest.xml": b'<m t="opendocument.text"/>'}),
        "file-word",
    )
    for cut in (*range(4, len(good), len(good) // 40), len(good) - 1):
        yield f"cut at {cut}", good[:cut], "file-damaged"


def texts() -> Iterator[Hostile]:
    good = csv_of(row())
    yield "nothing", b"", "file-empty"
    yield "spaces", b"  \n\n \n", "file-empty"
    yield "line ends", b"\n" * 1_000_000, "file-empty"
    yield "commas", (csv_of() + ",,,,,,\n" * 100_000).encode(), "file-empty"
    yield "header", csv_of().encode(), "file-empty"
    yield "header twice", (csv_of() + csv_of(row())).encode(), "code-length"
    yield "column missing", csv_of(header=HEADER[1:]).encode(), "column-missing"
    yield "column twice", csv_of(header=(*HEADER, "企业名称")).encode(), "column-twice"
    yield "title above", ("名录,,,\n" + good).encode(), "header-below"
    yield "quote", (good + '"open,\n').encode(), "csv-malformed"
    yield "quotes", csv_of(row(name='"开"店')).encode(), "csv-malformed"
    yield "long line", (good + "x" * (5 << 20)).encode(), "line-too-long"
    yield "long field", csv_of(row(name='"' + "长" * 200_000 + '"')).encode(), "csv-malformed"
    yield "old Mac", good.replace("\n", "\r").encode(), None
    yield "array", b'[{"uscc": 1}]', "file-json-array"
    yield "deep", b'{"uscc":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "json-malformed"
    yield "digits", b'{"uscc":' + b"9" * 6000 + b"}", "json-malformed"
    yield "nan", b'{"uscc": NaN}', "json-malformed"
    yield "key twice", b'{"uscc": "1", "uscc": "1"}', "json-malformed"
    yield "both names", '{"uscc": "1", "信用代码": "1"}'.encode(), "json-malformed"
    yield "surrogate", b'{"uscc": "\\ud800"}', "code-length"
    yield "half json", b'{"uscc": "1"', "json-malformed"


def others() -> Iterator[Hostile]:
    for beginning, found in (
        (b"%PDF-1.7\n%\xe2\xe3", "file-pdf"),
        (b"\x89PNG\r\n\x1a\n", "file-image"),
        (b"\xff\xd8\xff\xe0", "file-image"),
        (b"GIF89a", "file-image"),
        (b"{\\rtf1", "file-word"),
        (b"Rar!\x1a\x07\x00", "file-archive"),
        (b"7z\xbc\xaf\x27\x1c", "file-archive"),
        (b"\x1f\x8b\x08\x00", "file-archive"),
        (b"\xfd7zXZ\x00", "file-archive"),
        (b"MZ\x90\x00", "file-binary"),
        (b"\x7fELF", "file-binary"),
        (b"SQLite format 3\x00", "file-binary"),
        (b"<html><body><table>", "file-html"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML>", "file-html"),
        (b"MIME-Version: 1.0\n", "file-html"),
        (b'<?xml version="1.0"?><Workbook>', "file-xml"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file-damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "file-word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "file-damaged"),
    ):
        yield repr(beginning), beginning + b"\x01\x02\xfe\xff" * 300, found


def mutants(count: int) -> Iterator[Hostile]:
    """Good files with bytes changed, dropped or put in."""
    chance = random.Random(17)
    good = {
        "xlsx": book(*(row(n) for n in range(1, 20))),
        "ods": ods(ods_row(HEADER) + ods_row(row())),
        "csv": csv_of(*(row(n) for n in range(1, 20))).encode(),
    }
    for number in range(count):
        kind = chance.choice([*good])
        data = bytearray(good[kind])
        for _ in range(chance.choice((1, 3, 20))):
            place = chance.randrange(len(data))
            end = place + chance.choice((0, 1, 7))
            data[place:end] = chance.randbytes(chance.choice((0, 1, 4)))
        yield f"{kind} mutant {number}", bytes(data), None
