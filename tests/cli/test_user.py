"""`orkesta user create`: somebody who can sign in, with a password that is shown once or never."""

from storage import tenants, users
from storage.resources import Resources
from tests.cli.command import as_json, orkesta


async def test_a_made_password_is_shown_once_and_opens_the_tower(
    resources: Resources, environment: dict[str, str]
) -> None:
    made = await as_json("user", "create", "Ana@x.mx", "--role", "admin", environment=environment)
    user = await users.sign_in(resources, "ana@x.mx", made["password"], "127.0.0.1")
    assert (user.roles, made["id"]) == ({"*": "admin"}, user.id)


async def test_a_given_password_is_not_shown(resources: Resources, environment: dict[str, str]) -> None:
    await tenants.create(resources, "acme", name="Acme")
    create = ("user", "create", "luis@x.mx", "--role", "operator", "--tenant", "acme", "--password-stdin")
    given = b" correct horse battery\n"
    status, output = await orkesta(*create, environment=environment, given=given)
    assert status == 0, output
    assert "horse" not in output
    user = await users.sign_in(resources, "luis@x.mx", " correct horse battery", "127.0.0.1")
    assert user.roles == {"acme": "operator"}


async def test_a_bad_user_is_refused(resources: Resources, environment: dict[str, str]) -> None:
    good = ("user", "create", "a@x.mx", "--role", "viewer")
    assert (await orkesta("user", "create", "a@x.mx", environment=environment))[0] == 2
    assert (await orkesta(*good, "--role", "king", environment=environment))[0] == 2
    for wrong in (("--tenant", "nobody"), ("--password-stdin",)):
        assert (await orkesta(*good, *wrong, environment=environment))[0] == 1
    assert (await orkesta(*good, environment=environment))[0] == 0
    assert (await orkesta(*good, environment=environment))[0] == 1
