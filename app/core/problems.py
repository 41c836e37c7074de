"""Errors that a caller can understand, and the one place where they become answers.

DomainError
├── BadRequest 400 ── Unauthenticated 401 ── Forbidden 403 ── NotFound 404
├── Conflict 409 ── TooLarge 413 ── UnsupportedType 415
└── Unprocessable 422 ── Unavailable 503

Every error has a stable code that is never translated, and a text in Chinese and in English.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import ConfigDict, Field

from app.core.schema import Schema
from app.sampling.language import prefers_english
from app.sampling.openlot1.errors import DrawError

TYPE_BASE = "urn:openlot:problem:"
LISTED_FAULTS = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: a JSON pointer, or row (from 1) and column of a file."""

    code: str
    zh: str
    en: str
    pointer: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None


class DomainError(Exception):
    """Something that the caller can understand and act on."""

    status: ClassVar[int]
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(
        self,
        *,
        pointer: str | None = None,
        faults: Iterable[Fault] = (),
        fault_count: int | None = None,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        self.text_zh = self.zh.format(**values)
        self.text_en = self.en.format(**values)
        listed = list(faults)
        if pointer is not None and not listed:
            listed = [Fault(self.code, self.text_zh, self.text_en, pointer=pointer)]
        self.faults = listed[:LISTED_FAULTS]
        self.fault_count = len(listed) if fault_count is None else fault_count
        self.headers = dict(headers or {})
        super().__init__(f"{self.code}: {self.text_en}")


class BadRequest(DomainError):
    status = 400


class Unauthenticated(DomainError):
    status = 401


class Forbidden(DomainError):
    status = 403


class NotFound(DomainError):
    status = 404


class Conflict(DomainError):
    status = 409


class TooLarge(DomainError):
    status = 413


class UnsupportedType(DomainError):
    status = 415


class Unprocessable(DomainError):
    status = 422


class Unavailable(DomainError):
    status = 503


class NoSuchPath(NotFound):
    code = "no-such-path"
    zh = "没有这个地址。"
    en = "There is nothing at this address."


class MethodNotAllowed(DomainError):
    status = 405
    code = "method-not-allowed"
    zh = "该地址不支持此方法。"
    en = "This address does not take that method."


class MalformedBody(BadRequest):
    code = "malformed-body"
    zh = "请求正文不是规范的 JSON：{why_zh}。"
    en = "The body is not strict JSON: {why_en}."


class MalformedQuery(BadRequest):
    code = "malformed-query"
    zh = "地址中的参数不是有效的 UTF-8 编码。"
    en = "The query string is not valid UTF-8."


class HostRefused(BadRequest):
    code = "host-refused"
    zh = "请求的主机名不属于本服务。"
    en = "The Host of the request is not one of this service."


class BodyTooLarge(TooLarge):
    code = "body-too-large"
    zh = "请求正文超过上限（{limit} 字节）。"
    en = "The body is larger than {limit} bytes."


class WrongContentType(UnsupportedType):
    code = "wrong-content-type"
    zh = "此处应使用 {expected} 类型的正文。"
    en = "This operation takes a body of type {expected}."


class InvalidInput(Unprocessable):
    code = "invalid-input"
    zh = "请求内容有 {count} 处不符合要求。"
    en = "{count} part(s) of the request do not fit."


class InvalidData(Unprocessable):
    code = "invalid-data"
    zh = "数据库不能接受请求中的某个值。"
    en = "The database cannot take one of the values of the request."


class DrawRefused(Unprocessable):
    """A refusal of the draw core, which brings its own code."""

    code = "draw-refused"
    zh = "{zh}"
    en = "{en}"

    @classmethod
    def of(cls, error: DrawError) -> "DrawRefused":
        fault = Fault(error.code, error.zh, error.en, pointer=error.member, row=error.line)
        refused = cls(zh=error.zh, en=error.en, faults=[fault])
        refused.code = error.code  # type: ignore[misc]  # the core's codes are stable too
        return refused


class TryAgain(Conflict):
    code = "try-again"
    zh = "与另一请求同时发生，请稍后用同一幂等键重试。"
    en = "Another request came in between; repeat this one with the same key."


class DatabaseUnavailable(Unavailable):
    code = "database-unavailable"
    zh = "数据库暂不可用，请稍后重试。"
    en = "The database cannot be reached now; try again later."


class InternalError(DomainError):
    status = 500
    code = "internal-error"
    zh = "系统内部错误，请提供请求编号以便查找。"
    en = "Internal error; quote the request id when you report it."


class ProblemTexts(Schema):
    """The same explanation in both languages."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    zh_cn: str = Field(alias="zh-CN")
    en: str


class ProblemFault(Schema):
    """One fault of the input."""

    code: str
    """Stable code of the fault."""
    pointer: str | None
    """JSON pointer into the body, or null."""
    row: int | None
    """Row of the file from 1, the header row counted, or null."""
    column: str | None
    """Column of the file, or null."""
    value: str | None
    """The refused value, shortened, or null."""
    texts: ProblemTexts


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    """Stable code of the problem."""
    status: int
    detail: str
    """Explanation in the language that Accept-Language asks for, Chinese by default."""
    instance: str
    """Id of the request."""
    code: str
    texts: ProblemTexts
    errors: list[ProblemFault]
    """The first 1,000 faults."""
    error_count: int
    """Number of all faults."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A problem ready to be sent."""

    status: int
    body: dict[str, Any]
    language: str
    headers: dict[str, str] = field(default_factory=dict)


def render(error: DomainError, *, instance: str, accept_language: str = "") -> Rendered:
    """The problem+json of an error."""
    english = prefers_english(accept_language)
    problem = Problem(
        type=TYPE_BASE + error.code,
        title=error.code,
        status=error.status,
        detail=error.text_en if english else error.text_zh,
        instance=instance,
        code=error.code,
        texts=ProblemTexts(zh_cn=error.text_zh, en=error.text_en),
        errors=[_fault(fault) for fault in error.faults],
        error_count=error.fault_count,
    )
    return Rendered(
        error.status,
        problem.model_dump(mode="json", by_alias=True),
        "en" if english else "zh-CN",
        error.headers,
    )


def _fault(fault: Fault) -> ProblemFault:
    return ProblemFault(
        code=fault.code,
        pointer=fault.pointer,
        row=fault.row,
        column=fault.column,
        value=None if fault.value is None else fault.value[:80],
        texts=ProblemTexts(zh_cn=fault.zh, en=fault.en),
    )


def example(error: type[DomainError]) -> dict[str, Any]:
    """The error as an example of the OpenAPI document; unfilled places show their name."""
    shown = error.__new__(error)
    shown.text_zh, shown.text_en = error.zh, error.en
    shown.faults, shown.fault_count, shown.headers = [], 0, {}
    return render(shown, instance="urn:openlot:request:0f0f0f0f0f0f0f0f").body


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation for the errors that it can answer; the examples stand
    once in the document (`documented`)."""
    answers: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        answer = answers.setdefault(
            error.status,
            {
                "model": Problem,
                "description": "",
                "content": {"application/problem+json": {"examples": {}}},
            },
        )
        documented[error.code] = {"summary": error.en, "value": example(error)}
        examples = answer["content"]["application/problem+json"]["examples"]
        examples[error.code] = {"$ref": f"#/components/examples/{error.code}"}
        answer["description"] = "、".join(examples)
    return answers


documented: dict[str, dict[str, Any]] = {}
"""The examples of all errors that any operation declares, by code."""
