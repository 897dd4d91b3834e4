"""Public documents: a quote's PDF or spreadsheet behind a signed link, made from its rows whenever it is asked for."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Request, Response

from documents import quote_pdf, quote_xlsx
from storage import clocks, document_links, quote_store
from storage.resources import Resources
from storage.tenants import Tenants

router = APIRouter(tags=["documents"])
_FORMS = {
    "pdf": (quote_pdf.render, "application/pdf"),
    "xlsx": (quote_xlsx.render, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@router.get("/documents/{token}/{name}.{form}")
async def document(token: str, name: str, form: Literal["pdf", "xlsx"], request: Request) -> Response:
    """The document that the token names; the name in the link is only for the reader."""
    resources: Resources = request.app.state.resources
    wanted = document_links.opened(resources.settings, token)
    now, business = await clocks.now(resources, wanted.tenant), (await Tenants(resources).get(wanted.tenant)).name
    async with resources.tenant_connection(wanted.tenant) as connection:
        quote, customer, _ = await quote_store.get(connection, wanted.tenant, wanted.number, wanted.version, now)
    render, mime = _FORMS[form]
    data = await asyncio.to_thread(render, quote, business=business, customer=customer, locale=wanted.locale)
    shown = f'inline; filename="{quote.number}-v{quote.version}.{form}"'
    headers = {"content-disposition": shown, "x-content-type-options": "nosniff", "cache-control": "private, no-store"}
    return Response(data, media_type=mime, headers=headers)
