"""Results over HTTP 检查结果."""

from fastapi import APIRouter

from app.results.router import findings, profiles

router = APIRouter()
for part in (findings, profiles):
    router.include_router(part.router)
