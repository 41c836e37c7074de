"""The registry over HTTP 一单两库."""

from fastapi import APIRouter

from app.registry.router import (
    codes,
    departments,
    exports,
    imports,
    inspectors,
    items,
    object_feeds,
    objects,
    quality,
    records,
    recusals,
    saved_queries,
)

router = APIRouter()
for part in (
    departments,
    codes,
    objects,
    records,
    object_feeds,
    imports,
    saved_queries,
    quality,
    items,
    inspectors,
    recusals,
    exports,
):
    router.include_router(part.router)
