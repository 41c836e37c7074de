"""Changing what one has seen: a strong ETag from the version of a row, and If-Match (RFC 9110)."""

from typing import Annotated

from fastapi import Depends, Header

from app.core.problems import DomainError


class IfMatchMissing(DomainError):
    status = 428
    code = "if-match-missing"
    zh = "更改前须先读取：请在 If-Match 请求头中带上读取时得到的 ETag。"
    en = "Read it first, and send the ETag of what you read in the header If-Match."


class StateMoved(DomainError):
    status = 412
    code = "state-moved"
    zh = "读取之后内容已被更改，请重新读取后再改。"
    en = "It was changed since it was read; read it again, then change it."


def etag_of(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def _required(
    if_match: Annotated[
        str | None,
        Header(description="ETag of the state that was read 读取时的 ETag", examples=['"3"']),
    ] = None,
) -> str:
    if if_match is None:
        raise IfMatchMissing
    return if_match


IfMatch = Annotated[str, Depends(_required)]
"""The ETag that a change is based on."""


def require_match(if_match: str, version: int) -> None:
    """Raises StateMoved unless the change is based on this version."""
    tags = [tag.strip() for tag in if_match.split(",")]
    if etag_of(version) not in tags:
        raise StateMoved
