"""Twilio signs the public URL: no proxy and no Host header changes what is checked, and no secret is closed."""

import hashlib
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from bench import webhooks
from bench.webhooks import Hook
from core.messages import Account
from storage import accounts
from tests.chaos.stage import Stage, word

PUBLIC = ["https://bot.example.test", "https://bot.example.test:443", "https://bot.example.test:8443",
          "http://127.0.0.1:8000", "https://bot.example.test/"]  # fmt: skip
FORWARDED = [{}, {"x-forwarded-proto": "http", "x-forwarded-host": "evil.example.test", "x-forwarded-port": "81",
                  "host": "evil.example.test", "forwarded": "host=evil.example.test;proto=http"}]  # fmt: skip
PATH = "/webhooks/twilio/acme"


async def connected(stage: Stage, public_url: str, token: str = "load_twilio_secret") -> Account:
    account = webhooks.account("acme", "whatsapp_twilio")
    await accounts.connect(
        stage.resources, tenant="acme", channel="whatsapp_twilio", address=account.address,
        secrets={**account.secrets, "auth_token": token}, settings={"public_url": public_url},
    )  # fmt: skip
    return account


def hook(account: Account, base: str, form: str, more: dict[str, str], token: str = "load_twilio_secret") -> Hook:
    """A message as Twilio would sign it when `base` is the URL that it was told."""
    fields = {
        "MessageSid": f"SM{word():a>32}", "AccountSid": account.secrets["account_sid"],
        "From": "whatsapp:+5215550001111", "To": account.address,
        "Body": "ñandú & 100% +", "NumMedia": "0", "SmsStatus": "received",
    }  # fmt: skip
    if form == "json":
        raw = str(fields).replace("'", '"').encode()
        query = f"bodySHA256={hashlib.sha256(raw).hexdigest()}"
        signed = RequestValidator(token).compute_signature(f"{base.rstrip('/')}{PATH}?{query}", {})
        return Hook(PATH, {"content-type": "application/json", "x-twilio-signature": signed, **more}, raw, query)
    query = "a=b%20c&empty=" if form == "form and query" else ""
    url = f"{base.rstrip('/')}{PATH}" + (f"?{query}" if query else "")
    signed = RequestValidator(token).compute_signature(url, fields)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signed, **more}
    return Hook(PATH, headers, urlencode(fields).encode(), query)


@pytest.mark.parametrize("public_url", PUBLIC)
@pytest.mark.parametrize("form", ["form", "form and query", "json"])
async def test_what_twilio_signed_passes_and_whatever_is_changed_does_not(
    stage: Stage, public_url: str, form: str
) -> None:
    """Pain 22, twilio/twilio-python#751, dograh-hq/dograh#510: failed behind a TLS proxy, or was skipped."""
    account = await connected(stage, public_url)
    for more in FORWARDED:
        good = hook(account, public_url, form, more)
        assert await stage.delivers(good) == 200
        for name, bad in tampered(account, public_url, form, good, more).items():
            assert await stage.delivers(bad) == 403, name
    assert await stage.resources.pg.fetchval("SELECT count(*) FROM messages") == len(FORWARDED)


@pytest.mark.parametrize("form", ["form", "json"])
async def test_a_default_port_may_be_signed_or_not(stage: Stage, form: str) -> None:
    """Pain 22: Twilio signs `https://host` and `https://host:443` alike."""
    account = await connected(stage, "https://bot.example.test")
    assert await stage.delivers(hook(account, "https://bot.example.test:443", form, {})) == 200
    assert await stage.delivers(hook(account, "https://bot.example.test:80", form, {})) == 403


@pytest.mark.parametrize("form", ["form", "form and query", "json"])
async def test_without_a_secret_the_door_is_closed_even_to_its_own_signature(stage: Stage, form: str) -> None:
    """Pain 22: an unset secret must not mean that everything passes."""
    account = await connected(stage, "https://bot.example.test", token="")
    assert await stage.delivers(hook(account, "https://bot.example.test", form, {}, token="")) == 403
    assert await stage.resources.pg.fetchval("SELECT count(*) FROM messages") == 0


def tampered(account: Account, public_url: str, form: str, good: Hook, more: dict[str, str]) -> dict[str, Hook]:
    without = {name: value for name, value in good.headers.items() if name != "x-twilio-signature"}
    return {
        "body": good._replace(body=good.body.replace(b"100", b"999")),
        "query": good._replace(query=good.query + "&x=1"),
        "no signature": good._replace(headers=without),
        "empty signature": good._replace(headers={**without, "x-twilio-signature": ""}),
        "another account's token": hook(account, public_url, form, more, token="other"),
        "the proxy's host": hook(account, "http://evil.example.test:81", form, more),
        "another scheme": hook(account, public_url.replace("http", "ftp"), form, more),
        "status path": good._replace(path=f"{PATH}/status"),
    }
