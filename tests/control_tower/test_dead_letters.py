"""What nobody could do is listed, and done when somebody says so."""

from core.conversation import Conversation, Outcome
from core.records import Tenant
from storage import chat
from tests.control_tower.test_takeover import until
from tests.serving import work


class Broken:
    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        raise RuntimeError("an agent is broken")


async def test_a_message_that_no_turn_could_answer_is_answered_after_a_retry(call, write, resources, settings):
    settings.turn_attempts = 1
    async with work(resources, Broken()):
        conversation = await write("luis", "hola")
        await until(lambda: resources.pg.fetchval("SELECT count(*) FROM dead_letters"))
    _, found = await call("vic", "GET", "/api/dead-letters")
    (letter,) = found["dead_letters"]
    assert (letter["source"], letter["text"], letter["conversation_id"]) == ("inbound", "hola", conversation)
    assert (await call("vic", "POST", f"/api/dead-letters/{letter['id']}/retry"))[0] == 403
    assert (await call("far", "POST", f"/api/dead-letters/{letter['id']}/retry"))[0] == 404
    async with work(resources):
        assert (await call("ana", "POST", f"/api/dead-letters/{letter['id']}/retry"))[0] == 200
        assert await until(lambda: chat.said_after(resources, "acme", conversation, 0))
    assert (await call("ana", "POST", f"/api/dead-letters/{letter['id']}/retry"))[0] == 409
    assert (await call("vic", "GET", "/api/dead-letters"))[1] == {"dead_letters": []}
