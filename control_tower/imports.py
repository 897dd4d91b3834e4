"""The tower's JSON about catalogue imports: upload a file for a tenant, see how far it has come."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from control_tower.access import LOOK, RULE, Opened, SignedIn, may, scope_of
from core.errors import Invalid
from core.upload import uploaded
from storage import imports
from storage.catalog_sheet import LARGEST_BYTES

router = APIRouter(prefix="/api/imports")
LARGER = {"/api/imports/upload": LARGEST_BYTES + 65_536}  # bytes of a body


@router.post("/upload")
async def upload(
    request: Request, response: Response, resources: Opened, user: SignedIn,
    wait_seconds: Annotated[float, Query(ge=0, le=30)] = 5,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> dict[str, Any]:  # fmt: skip
    """Import a CSV or XLSX file into the catalogue of `tenant`: for its admins."""
    file = await uploaded(request)
    tenant = file.fields.get("tenant", "")
    if not tenant:
        raise Invalid("whose catalogue? give `tenant` as a form field or in the query")
    await may(resources, user, tenant, RULE)
    put = await imports.put(
        resources, tenant, by=user.email, file_name=file.name, data=file.data, dry_run=file.flag("dry_run"),
        request=idempotency_key,
    )  # fmt: skip
    found = await imports.settled(resources, tenant, put.id, wait_seconds)
    response.status_code = 200 if found.settled else 202
    return found.shown()


@router.get("")
async def listed(resources: Opened, user: SignedIn, tenant: str | None = None) -> dict[str, Any]:
    """The newest imports of the user's tenants."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    return {"imports": [each.shown() for each in await imports.listed(resources, scope_of(user, tenant))]}


@router.get("/{import_id}")
async def one(import_id: str, resources: Opened, user: SignedIn) -> dict[str, Any]:
    """One import with its refused rows."""
    tenant = await may(resources, user, await imports.tenant_of(resources, import_id), LOOK)
    return (await imports.get(resources, tenant, import_id)).shown()
