"""The Graph API: which account an object id or token means, media, profiles; messages go to WhatsApp or Instagram."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.messages import Account
from emulator.asgi import answer
from emulator.faults import Fault
from emulator.graph_errors import graph_error, no_object, no_token, refuse
from emulator.instagram import Instagram
from emulator.whatsapp import WhatsApp
from emulator.world import Call, World, play


class Graph:
    """`/graph/v<version>/…` for all tenants."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.whatsapp = WhatsApp(world)
        self.instagram = Instagram(world)

    def routes(self) -> list[Route]:
        """The routes, the busiest first."""
        return [
            Route("/graph/{version}/{node}/messages", self.messages, methods=["POST"]),
            Route("/graph/lookaside/{place:path}", self.download, methods=["GET"]),
            Route("/graph/{version}/{node}/media", self.upload, methods=["POST"]),
            Route("/graph/{version}/{node}/subscribed_apps", self.subscribed, methods=["GET", "POST"]),
            Route("/graph/{version}/{node}", self.lookup, methods=["GET", "DELETE"]),
        ]

    async def messages(self, request: Request) -> Response:
        """Send, mark as read, show typing."""
        node, token = request.path_params["node"], _token(request)
        account = self._account(node, token)
        if isinstance(account, Response):
            return account
        channel = self.instagram if account.channel == "instagram" else self.whatsapp
        return await channel.messages(account, await request.body())

    async def upload(self, request: Request) -> Response:
        """Media that the product wants to send."""
        account = self._account(request.path_params["node"], _token(request))
        if isinstance(account, Response):
            return account
        async with request.form() as form:
            file = form.get("file")
            data, name = (b"", "") if file is None or isinstance(file, str) else (await file.read(), file.filename)
            mime = str(form.get("type") or getattr(file, "content_type", "") or "application/octet-stream")
        if not data:
            return graph_error(100, "(#100) The parameter file is required.")

        async def act(fault: Fault | None) -> Response:
            return self.whatsapp.upload(data, mime, name or "file")

        call = Call(provider="whatsapp_cloud", method="media", tenant=account.tenant)
        return await play(self._world, call, act, refuse)

    async def lookup(self, request: Request) -> Response:
        """A media id, an Instagram profile or a phone number."""
        node, token = request.path_params["node"], _token(request)
        if not self._callers(token):
            return no_token()
        file = self._world.files.get(node)
        if file is not None:
            url = f"{self._world.base_url}/graph/lookaside/whatsapp_business/attachments/?mid={node}&ext=1&hash=A"
            digest = hashlib.sha256(file.data).hexdigest()
            found: dict[str, Any] = {"mime_type": file.mime, "sha256": digest, "file_size": len(file.data), "id": node}
            return answer({"messaging_product": "whatsapp", "url": url, **found})
        return self._profile(node, request.query_params.get("fields", ""))

    def _profile(self, node: str, fields: str) -> Response:
        name = self._world.names.get(("instagram", node))
        owner = self._world.accounts.by_address("whatsapp_cloud", node)
        owner = owner or self._world.accounts.by_address("instagram", node)
        if name:
            username = name.lower().replace(" ", "_")
            return answer({"name": name, "username": username, "id": node})
        if owner:
            return answer({"id": node, "verified_name": str(owner.settings.get("name", owner.tenant))})
        return no_object(node, "GET")

    async def subscribed(self, request: Request) -> Response:
        """The webhook subscription of an account."""
        account = self._account(request.path_params["node"], _token(request))
        if isinstance(account, Response):
            return account
        if request.method == "POST":
            return answer({"success": True})
        app = {"id": "900000000000001", "name": "Orkesta", "subscribed_fields": ["messages", "message_reactions"]}
        return answer({"data": [app]})

    async def download(self, request: Request) -> Response:
        """The bytes behind a media URL; WhatsApp's need the token, Instagram's are signed links."""
        query = request.query_params
        file = self._world.files.get(query.get("mid") or query.get("asset_id", ""))
        if "mid" in query and not self._callers(_token(request)):
            return Response(status_code=401)
        return Response(status_code=404) if file is None else Response(file.data, media_type=file.mime)

    def _callers(self, token: str) -> list[Account]:
        return self._world.accounts.by_secret("access_token", token) if token else []

    def _account(self, node: str, token: str) -> Account | Response:
        callers = self._callers(token)
        if not callers:
            return no_token()
        for account in callers:
            if account.address == node or (node == "me" and account.channel == "instagram"):
                return account
        return no_object(node, "POST")


def _token(request: Request) -> str:
    bearer = request.headers.get("authorization", "")
    return bearer[7:] if bearer.startswith("Bearer ") else request.query_params.get("access_token", "")
