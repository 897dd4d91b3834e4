"""A single tenant without any command: credentials of the environment become accounts of the tenant `default`."""

import secrets
from collections.abc import Mapping

from storage import accounts, payment_accounts, tenants
from storage.resources import Resources

TENANT = "default"
# channel → its secret's name → the variable; the first variable of each makes the channel's address.
_VARIABLES: dict[str, dict[str, str]] = {
    "telegram": {"token": "TELEGRAM_BOT_TOKEN", "webhook_secret": "TELEGRAM_WEBHOOK_SECRET"},
    "whatsapp_cloud": {
        "phone_number_id": "WHATSAPP_PHONE_ID",
        "access_token": "WHATSAPP_API_KEY",
        "app_secret": "WHATSAPP_APP_SECRET",
        "verify_token": "WHATSAPP_VERIFY_TOKEN",
    },
    "whatsapp_twilio": {
        "from": "TWILIO_WHATSAPP_FROM",
        "account_sid": "TWILIO_ACCOUNT_SID",
        "auth_token": "TWILIO_AUTH_TOKEN",
    },
    "sms": {"from": "TWILIO_SMS_FROM", "account_sid": "TWILIO_ACCOUNT_SID", "auth_token": "TWILIO_AUTH_TOKEN"},
    "instagram": {
        "account_id": "INSTAGRAM_ACCOUNT_ID",
        "access_token": "INSTAGRAM_ACCESS_TOKEN",
        "app_secret": "INSTAGRAM_APP_SECRET",
        "verify_token": "INSTAGRAM_VERIFY_TOKEN",
    },
}
_PAYMENTS = {"secret_key": "STRIPE_SECRET_KEY", "webhook_secret": "STRIPE_WEBHOOK_SECRET"}
_OPTIONAL = frozenset({"TELEGRAM_WEBHOOK_SECRET", "WHATSAPP_VERIFY_TOKEN", "INSTAGRAM_VERIFY_TOKEN"})


async def load(resources: Resources, environment: Mapping[str, str]) -> list[str]:
    """Connect every channel whose variables are all given; returns the accounts' ids.

    A secret that we choose ourselves (what a webhook is verified with) is generated once and kept when it is not given.
    """
    loaded = []
    for channel, variables in _VARIABLES.items():
        given = {name: environment.get(variable, "").strip() for name, variable in variables.items()}
        if any(not given[name] for name, variable in variables.items() if variable not in _OPTIONAL):
            continue
        await _ensure_tenant(resources)
        address = next(iter(given.values())).partition(":")[0] if channel == "telegram" else next(iter(given.values()))
        loaded.append(await _connect(resources, channel, address, given))
    return [*loaded, *await _payments(resources, environment)]


async def _payments(resources: Resources, environment: Mapping[str, str]) -> list[str]:
    given = {name: environment.get(variable, "").strip() for name, variable in _PAYMENTS.items()}
    if not given["secret_key"]:
        return []
    await _ensure_tenant(resources)
    known = [each for each in await payment_accounts.listed(resources, TENANT) if each.provider == "stripe"]
    if not given["webhook_secret"] and known:
        given["webhook_secret"] = known[0].secrets.get("webhook_secret", "")
    await payment_accounts.connect(resources, tenant=TENANT, provider="stripe", secrets=given)
    return [f"{TENANT}:stripe"]


async def _ensure_tenant(resources: Resources) -> None:
    if not await resources.pg.fetchval("SELECT 1 FROM tenants WHERE id = $1", TENANT):
        await tenants.create(resources, TENANT, name="Default")


async def _connect(resources: Resources, channel: str, address: str, given: dict[str, str]) -> str:
    account_id = f"{TENANT}:{channel}:{address}"
    sealed = await resources.pg.fetchval("SELECT secrets FROM channel_accounts WHERE id = $1", account_id)
    known = resources.cipher.open(sealed) if sealed else {}
    values = {name: value or known.get(name) or secrets.token_urlsafe(24) for name, value in given.items()}
    return await accounts.connect(resources, tenant=TENANT, channel=channel, address=address, secrets=values)
