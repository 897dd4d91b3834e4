"""The client API's catalogue and routing decision."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from core import units
from core.errors import NotFound
from core.records import Product, ProductFilter
from core.upload import uploaded
from storage import catalog, hybrid, imports
from storage.catalog_sheet import LARGEST_BYTES
from webhooks.client import Api, Caller, money

router = APIRouter(prefix="/api", tags=["catalog"])
LARGER = {"/api/catalog/upload": LARGEST_BYTES + 65_536}  # bytes of a body


class Text(BaseModel):
    """A text to route; `locale` is the customer's language if it is known."""

    text: str = Field(min_length=1, max_length=10_000)
    locale: str | None = Field(None, pattern="^(es|en|pt)$")


class Wanted(BaseModel):
    """What a customer would type."""

    query: str = Field(min_length=1, max_length=500)
    limit: int = Field(5, ge=1, le=50)
    min_price: int | None = Field(None, ge=0, le=10**15, description="minor units")
    max_price: int | None = Field(None, ge=0, le=10**15, description="minor units")
    in_stock: bool = False
    category: str = Field("", max_length=200, pattern=r"^[^\x00]*$")

    def only(self) -> ProductFilter | None:
        """The filter; None when nothing is left out."""
        made = ProductFilter(
            least=self.min_price, most=self.max_price, in_stock=self.in_stock, category=self.category
        )  # fmt: skip
        return made if made != ProductFilter() else None


class Order(BaseModel):
    """An order as people write it: `dame 3 balatas y 2 filtros`."""

    text: str = Field(min_length=1, max_length=10_000)


@router.post("/route")
async def route(text: Text, api: Api, tenant: Caller) -> Any:
    """The routing decision alone; nothing is stored."""
    decision = api.route_text(text.text, tenant, text.locale)
    return {name: getattr(decision, name) for name in ("intent", "agent", "confidence", "tier", "language")}


@router.post("/catalog/search")
async def search(query: Wanted, api: Api, tenant: Caller) -> dict[str, Any]:
    """Products that fit, the best first."""
    asked = query.query.replace("\x00", " ")
    found = await hybrid.search(api.resources, tenant.id, asked, query.limit, query.only())
    return {"items": [_item(product) | {"score": product.score} for product in found]}


@router.post("/catalog/normalize")
async def normalize(order: Order, api: Api, tenant: Caller) -> dict[str, Any]:
    """Read an order text into lines with a quantity and a unit code each."""
    return {
        "lines": [
            {
                "query": line.query,
                "quantity": _number(line.quantity.amount),
                "upper": None if line.quantity.upper is None else _number(line.quantity.upper),
                "unit": line.quantity.unit or None,
            }
            for line in units.lines(order.text)
        ]
    }


@router.post("/catalog/upload")
async def upload(
    request: Request, response: Response, api: Api, tenant: Caller,
    wait_seconds: Annotated[float, Query(ge=0, le=30)] = 5,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> dict[str, Any]:  # fmt: skip
    """Import a CSV or XLSX file: 200 with its outcome, or 202 while it is under way (see /catalog/imports/{id})."""
    file = await uploaded(request)
    put = await imports.put(
        api.resources, tenant.id, by="api", file_name=file.name, data=file.data, dry_run=file.flag("dry_run"),
        request=idempotency_key,
    )  # fmt: skip
    found = await imports.settled(api.resources, tenant.id, put.id, wait_seconds)
    response.status_code = 200 if found.settled else 202
    return found.shown()


@router.get("/catalog/imports/{import_id}")
async def import_(import_id: str, api: Api, tenant: Caller) -> dict[str, Any]:
    """How far an import has come, and every refused row with its line and reason."""
    return (await imports.get(api.resources, tenant.id, import_id)).shown()


@router.get("/catalog/{sku}")
async def item(sku: Annotated[str, Path(max_length=200)], api: Api, tenant: Caller) -> dict[str, Any]:
    """One product, however its SKU's letters and dashes are written."""
    async with api.resources.tenant_connection(tenant.id) as connection:
        found = await catalog.get(connection, tenant.id, sku)
    if found is None:
        raise NotFound("there is no product with this SKU")
    return _item(found)


def _item(product: Product) -> dict[str, Any]:
    return {
        "sku": product.sku, "name": product.name, "price": money(product.price), "unit": product.unit,
        "stock": _number(product.stock), "category": product.category, "brand": product.brand,
    }  # fmt: skip


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
