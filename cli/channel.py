"""`orkesta channel …`: connect a tenant's accounts at the providers. Credentials are encrypted at rest."""

from contextlib import suppress
from email.utils import parseaddr
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from cli.demo import EmulatorAway, register_with_emulator
from cli.output import AsJson, show, show_rows
from cli.run import run
from core.errors import Invalid
from core.messages import Account
from storage import accounts, emulated
from storage.resources import Resources
from storage.tenants import Tenants

app = typer.Typer(no_args_is_help=True, help="Channels of a tenant.")
connect = typer.Typer(no_args_is_help=True, help="Connect a channel, or replace its credentials.")
app.add_typer(connect, name="connect")

# Each channel's place under /webhooks, as the registry has it: asking that would load every provider's SDK.
ROUTES = {
    "telegram": "telegram",
    "whatsapp_twilio": "twilio",
    "sms": "twilio",
    "whatsapp_cloud": "whatsapp",
    "instagram": "instagram",
    "email": "email",
}
TenantOf = Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose channel this is.")]
AppSecret = Annotated[str, typer.Option(help="It signs the webhooks.")]
VerifyToken = Annotated[str, typer.Option(help="The word that you enter for the webhook in Meta's console.")]
ApiBase = Annotated[str, typer.Option(metavar="URL", help="Called instead of the provider.")]


@connect.command()
def telegram(
    tenant: TenantOf,
    token: Annotated[str, typer.Option(help="What BotFather gave you: 123456:ABC…")],
    webhook_secret: Annotated[str, typer.Option(help="The secret_token of your setWebhook call.")],
    api_base: ApiBase = "",
    as_json: AsJson = False,
) -> None:
    """Connect a Telegram bot."""
    bot, colon, _ = token.partition(":")
    if not (bot.isdigit() and colon):
        raise Invalid("--token: a bot token looks like 123456:ABC…, as BotFather shows it")
    _connect(as_json, _account(tenant, "telegram", bot, api_base, token=token, webhook_secret=webhook_secret))


@connect.command()
def twilio(
    tenant: TenantOf,
    account_sid: Annotated[str, typer.Option(help="AC… of the Twilio console.")],
    auth_token: Annotated[str, typer.Option(help="It also signs the webhooks.")],
    sender: Annotated[str, typer.Option("--from", help="The WhatsApp sender, such as whatsapp:+14155238886.")],
    sms_from: Annotated[str, typer.Option(help="A number for SMS, such as +14155238886.")] = "",
    api_base: ApiBase = "",
    as_json: AsJson = False,
) -> None:
    """Connect WhatsApp through Twilio, and SMS."""
    if not sender.startswith("whatsapp:+"):
        raise Invalid("--from: the WhatsApp sender is written whatsapp:+<country and number>; give SMS with --sms-from")
    keys = {"account_sid": account_sid, "auth_token": auth_token}
    found = [_account(tenant, "whatsapp_twilio", sender, api_base, **keys, **{"from": sender})]
    if sms_from:
        found.append(_account(tenant, "sms", sms_from, api_base, **keys, **{"from": sms_from}))
    _connect(as_json, *found)


@connect.command()
def whatsapp(
    tenant: TenantOf,
    phone_number_id: Annotated[str, typer.Option(help="The id of the number, not the number.")],
    access_token: Annotated[str, typer.Option(help="A system user's permanent token.")],
    app_secret: AppSecret,
    verify_token: VerifyToken,
    api_base: ApiBase = "",
    as_json: AsJson = False,
) -> None:
    """Connect the WhatsApp Cloud API."""
    keys = {"access_token": access_token, "app_secret": app_secret, "verify_token": verify_token}
    _connect(as_json, _account(tenant, "whatsapp_cloud", phone_number_id, api_base, **keys))


@connect.command()
def instagram(
    tenant: TenantOf,
    account_id: Annotated[str, typer.Option(help="The id of the Instagram professional account.")],
    access_token: Annotated[str, typer.Option(help="A long-lived token of the account or its page.")],
    app_secret: AppSecret,
    verify_token: VerifyToken,
    api_base: ApiBase = "",
    as_json: AsJson = False,
) -> None:
    """Connect Instagram direct messages."""
    keys = {"access_token": access_token, "app_secret": app_secret, "verify_token": verify_token}
    _connect(as_json, _account(tenant, "instagram", account_id, api_base, **keys))


@connect.command()
def email(
    tenant: TenantOf,
    smtp_url: Annotated[str, typer.Option(help="smtps://user:password@host or smtp://…")],
    sender: Annotated[str, typer.Option("--from", help='Such as "Shop <sales@shop.mx>".')],
    webhook_secret: Annotated[str, typer.Option(help="Your mail service signs inbound mail with it.")],
    as_json: AsJson = False,
) -> None:
    """Connect a mail address."""
    address = parseaddr(sender)[1].lower()
    if "@" not in address:
        raise Invalid("--from: give a mail address, alone or as Name <address>")
    if urlsplit(smtp_url).scheme not in ("smtp", "smtps") or not urlsplit(smtp_url).hostname:
        raise Invalid("--smtp-url: it looks like smtps://user:password@host or smtp://host:port")
    account = _account(tenant, "email", address, smtp_url=smtp_url, webhook_secret=webhook_secret)
    _connect(as_json, account, settings={"from": sender})


@app.command("list")
def list_channels(tenant: TenantOf, as_json: AsJson = False) -> None:
    """List the channels of a tenant."""

    async def work(resources: Resources) -> list[dict[str, Any]]:
        await Tenants(resources).get(tenant)
        return await accounts.listed(resources, tenant)

    rows = run(work)
    show_rows(rows, as_json, f"tenant {tenant} has no channels: see `orkesta channel connect --help`")


def _account(tenant: str, channel: str, address: str, api_base: str = "", **secrets: str) -> Account:
    for name, value in secrets.items():
        if not value.strip():  # an empty secret would be a door that never opens
            raise Invalid(f"--{name.replace('_', '-')} is empty")
    return Account(
        id=f"{tenant}:{channel}:{address}",
        tenant=tenant,
        channel=channel,
        address=address,
        secrets=secrets,
        api_base=api_base,
        public_url="",
    )


async def _connect_one(resources: Resources, account: Account, settings: dict[str, str]) -> dict[str, str]:
    base = account.api_base
    if not base and (await Tenants(resources).get(account.tenant)).environment == "sandbox":
        base = emulated.api_base(resources.settings, account.channel)
    account_id = await accounts.connect(
        resources,
        tenant=account.tenant,
        channel=account.channel,
        address=account.address,
        secrets=account.secrets,
        settings=dict(settings),
        api_base=base,
    )
    webhook = f"{resources.settings.base_url}/webhooks/{ROUTES[account.channel]}/{account.tenant}"
    return {"account": account_id, "webhook": webhook}


def _connect(as_json: bool, *given: Account, settings: dict[str, str] | None = None) -> None:
    async def work(resources: Resources) -> list[dict[str, str]]:
        made = [await _connect_one(resources, account, settings or {}) for account in given]
        if await emulated.accounts(resources, given[0].tenant):
            with suppress(EmulatorAway):  # it is told at its next start
                await register_with_emulator(resources, wait_seconds=1.0)
        return made

    made = run(work)
    text = "\n".join(f"{each['account']} is connected; its webhook: {each['webhook']}" for each in made)
    show({"connected": made}, as_json, text)
