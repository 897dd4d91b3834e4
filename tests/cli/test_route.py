"""`orkesta route`: one decision a line, the same as the API's, whatever the line holds."""

import json

from core.records import Tenant
from orchestrator.preview import preview
from storage import tenants
from storage.resources import Resources
from tests.cli.command import orkesta

LINES = (
    "¿cuánto debo?",
    "quiero 3 balatas",
    "",
    "hi, where is my order?",
    '{"text": "quero falar\\ncom alguém", "locale": "pt"}',
)


def told(tenant: Tenant, text: str, locale: str | None = None) -> dict[str, object]:
    decision = preview(text, tenant, locale)
    return {name: getattr(decision, name) for name in ("intent", "agent", "confidence", "tier", "language")}


async def test_each_line_gets_the_decision_of_the_api_in_its_place(
    resources: Resources, environment: dict[str, str]
) -> None:
    acme = await tenants.create(resources, "acme", name="Acme")
    given = "\n".join(LINES).encode() + b"\nno \xff letter\n"
    status, output = await orkesta("route", "--tenant", "acme", environment=environment, given=given)
    assert status == 0, output
    decided = [json.loads(line) for line in output.splitlines()]
    assert decided[:4] == [told(acme, text) for text in LINES[:4]]
    assert decided[4] == told(acme, "quero falar\ncom alguém", "pt")
    assert decided[5] == told(acme, "no \ufffd letter")
    assert {decided[0]["agent"], decided[1]["agent"]} == {"dunning", "sales"}


async def test_an_unknown_tenant_or_language_is_refused(resources: Resources, environment: dict[str, str]) -> None:
    status, output = await orkesta("route", "--tenant", "nobody", "--json", environment=environment)
    assert (status, json.loads(output)["error"]["code"]) == (1, "not_found")
    await tenants.create(resources, "acme", name="Acme")
    assert (await orkesta("route", "--tenant", "acme", "--locale", "xx", environment=environment))[0] == 2
    assert (await orkesta("route", environment=environment))[0] == 2
