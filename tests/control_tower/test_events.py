"""The signals to open pages: only what changed, and only of tenants that the user sees."""

import asyncio

import aiohttp

from storage import live, users
from storage.resources import Resources


async def test_a_change_is_told_to_its_tenants_people_and_to_nobody_else(url, write, resources):
    streams = {}
    async with aiohttp.ClientSession(url) as http:
        for number, who in enumerate(("root", "vic", "far"), 1):
            user = await resources.pg.fetchval("SELECT id FROM users WHERE email = $1", f"{who}@x.mx")
            token = users.token(resources, await users.get(resources, user), "access")
            streams[who] = await http.get("/events", headers={"Authorization": f"Bearer {token}"})
            assert await event(streams[who]) == "*", number
        conversation = await write("luis", "hola")
        assert await named(resources, streams["root"], conversation) == conversation
        assert await named(resources, streams["vic"], conversation) == conversation
        assert await named(resources, streams["far"], "other:web:web:x") == "other:web:web:x"
        await live.tell(resources, live.KILL_SWITCH)
        while await event(streams["vic"]) != "*":
            pass
        for stream in streams.values():
            stream.close()


async def named(resources: Resources, stream: aiohttp.ClientResponse, conversation: str) -> str:
    """The first conversation that the stream names: while the server only begins to listen it says `*` instead."""
    while True:
        await live.tell(resources, conversation)
        if (found := await event(stream)) != "*":
            return found


async def event(stream: aiohttp.ClientResponse) -> str:
    async with asyncio.timeout(15):
        while True:
            line = (await stream.content.readline()).decode()
            if line.startswith("data: "):
                return line[6:].rstrip("\n")
