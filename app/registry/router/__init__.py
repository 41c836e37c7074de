"""The registry over HTTP 一单两库."""

from fastapi import APIRouter

from app.registry.router import directory, inspectors

router = APIRouter()
router.include_router(directory.router)
router.include_router(inspectors.router)
