"""Which payment accounts a worker is given to ask."""

from datetime import timedelta

import pytest

from storage import payment_accounts
from storage.crypto import Cipher
from storage.resources import Resources
from tests.storage.business import make_tenant
from tests.storage.money import account


async def test_credentials_that_do_not_open_keep_no_other_tenant_from_being_reconciled(
    resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    for tenant in ("acme", "other"):
        await make_tenant(resources, tenant)
        await account(resources, "http://127.0.0.1:9", tenant)
    sealed = Cipher("a key that was lost").seal({"secret_key": "sk_test_1"})
    await resources.pg.execute("UPDATE payment_accounts SET secrets = $1 WHERE tenant_id = 'acme'", sealed)
    found = await payment_accounts.to_reconcile(resources, timedelta(minutes=10))
    assert [each.tenant for each in found] == ["other"]
    [told] = [record for record in caplog.records if record.msg == "payment_account.unopened"]
    assert told.__dict__["tenant"] == "acme"
