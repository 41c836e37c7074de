"""Publications over HTTP: for officials, for programs without a key, and as pages."""

from fastapi import APIRouter

from app.publication.router import api, items, pages, public

router = APIRouter()
router.include_router(api.router)
router.include_router(public.router)
router.include_router(pages.router)
router.include_router(items.router)
