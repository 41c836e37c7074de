"""Keyset pages: true while rows arrive, without counting."""

import base64
import json
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field
from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core import strict_json
from app.core.problems import BadRequest
from app.core.schema import Schema

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class CursorInvalid(BadRequest):
    code = "cursor-invalid"
    zh = "分页游标无效，请从第一页重新开始。"
    en = "The page cursor is not valid; begin again at the first page."


class PageQuery(Schema):
    """Which page is wanted."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Rows on the page")] = DEFAULT_LIMIT
    after: Annotated[
        str | None, Field(max_length=1000, description="The `next` of the page before")
    ] = None


Page = Annotated[PageQuery, Query()]


def encode_cursor(values: Sequence[Any]) -> str:
    plain = [str(value) if isinstance(value, UUID) else value for value in values]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type]) -> list[Any]:
    """The key of the last row of the page before; its types must be those of the order."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        strict_json.check(text)
    except ValueError:
        raise CursorInvalid from None
    values = json.loads(text)
    fits = isinstance(values, list) and len(values) == len(kinds)
    if not fits:
        raise CursorInvalid
    return [_of_kind(value, kind) for value, kind in zip(values, kinds, strict=True)]


def _of_kind(value: Any, kind: type) -> Any:
    if kind is UUID and isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            raise CursorInvalid from None
    if type(value) is not kind:
        raise CursorInvalid
    return value


async def paginate(
    session: AsyncSession,
    select: Select[Any],
    *,
    order_by: Sequence[InstrumentedAttribute[Any]],
    page: PageQuery,
) -> tuple[list[Any], str | None]:
    """The rows of a page and the cursor of the next one, or None. `order_by` must be unique and
    of texts, integers or UUIDs."""
    if page.after is not None:
        kinds = [column.type.python_type for column in order_by]
        select = select.where(tuple_(*order_by) > tuple(decode_cursor(page.after, kinds)))
    rows = list(await session.scalars(select.order_by(*order_by).limit(page.limit + 1)))
    if len(rows) <= page.limit:
        return rows, None
    last = rows[page.limit - 1]
    return rows[: page.limit], encode_cursor([getattr(last, c.key) for c in order_by])
