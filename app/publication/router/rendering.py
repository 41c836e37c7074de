"""How a public page is made: its headers, its templates, its style."""

from importlib import resources

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from app.publication.router import wording

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Language": "zh-CN",
    "Cache-Control": "no-store",
}
STYLE = resources.files("app.publication").joinpath("static/style.css").read_bytes()
_templates = Environment(
    loader=PackageLoader("app.publication"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {
    "day": wording.chinese_date,
    "moment": wording.chinese_moment,
    "percent": wording.percent,
    "kind": wording.of_kind,
    "stage": wording.stage,
    "purpose": wording.purpose,
    "source": wording.source,
    "void_reason": wording.void_reason,
    "voided_from": wording.voided_from,
    "entry": wording.of_calendar,
    "category": wording.category,
    "ratio": wording.ratio,
    "frequency": wording.frequency,
    "methods": wording.methods,
    "duty": wording.duty,
    "object_kind": wording.object_kind,
    "standing": wording.standing,
}
_templates.globals |= {
    "title_of": wording.title_of,
    "page_of": wording.page_of,
    "days": wording.days,
    "unsaid": wording.UNSAID,
}


def page(template: str, *, depth: int = 0, status: int = 200, **values: object) -> Response:
    """`depth` is the number of folders between /public/ and the page."""
    text = _templates.get_template(template).render(root="../" * depth, **values)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def missing_page(depth: int) -> Response:
    return page("missing.html", depth=depth, status=404)


def router_of_pages() -> APIRouter:
    """A router of pages, which are no part of the contract."""
    return APIRouter(prefix="/public", include_in_schema=False)
