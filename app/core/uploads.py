"""Files that come as the raw body of a request: streamed to a temporary file, with a limit."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Annotated, Any

from fastapi import Depends, Request

from app.core.problems import BodyTooLarge, WrongContentType

MAX_UPLOAD_BYTES = 512 * 1024 * 1024
IN_MEMORY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A received file, at its beginning, and its SHA-256."""

    file: IO[bytes]
    sha256: str
    size: int


async def _spool(request: Request, *media_types: str) -> AsyncIterator[UploadedFile]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media_types:
        raise WrongContentType(expected=" / ".join(media_types))
    request.state.body_limit = MAX_UPLOAD_BYTES
    digest, size = sha256(), 0
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        async for part in request.stream():
            size += len(part)
            if size > MAX_UPLOAD_BYTES:
                raise BodyTooLarge(limit=MAX_UPLOAD_BYTES)
            digest.update(part)
            file.write(part)
        file.seek(0)
        request.state.upload_sha256 = digest.hexdigest()
        yield UploadedFile(file, digest.hexdigest(), size)


async def _csv(request: Request) -> AsyncIterator[UploadedFile]:
    async for upload in _spool(request, "text/csv", "application/octet-stream"):
        yield upload


CsvUpload = Annotated[UploadedFile, Depends(_csv, scope="function")]


TABLES = (
    "text/csv",
    "application/x-ndjson",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/octet-stream",
)
"""Media types of tables: CSV, NDJSON, xlsx, xls, ods, or whatever its bytes say."""


async def _table(request: Request) -> AsyncIterator[UploadedFile]:
    async for upload in _spool(request, *TABLES):
        yield upload


TableUpload = Annotated[UploadedFile, Depends(_table, scope="function")]


def takes_file(*media_types: str, example: Any = None) -> dict[str, Any]:
    """`openapi_extra=` of an operation whose body is a file."""
    schema = {"type": "string", "format": "binary"}
    content: dict[str, Any] = {kind: {"schema": schema} for kind in media_types}
    if example is not None:
        content[media_types[0]]["example"] = example
    return {"requestBody": {"required": True, "content": content}}
