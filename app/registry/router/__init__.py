"""The registry over HTTP 一单两库."""

from fastapi import APIRouter

from app.registry.router import codes, departments, inspectors, items, objects

router = APIRouter()
for part in (departments, codes, objects, items, inspectors):
    router.include_router(part.router)
