"""`orkesta tenant set`: the optional settings of a tenant."""

import pytest

from cli import tenant
from core.errors import Invalid


@pytest.mark.parametrize("prompts", ["v999", "v1,v2,v1"])
def test_only_versions_that_exist_and_at_most_two_are_taken(prompts: str) -> None:
    with pytest.raises(Invalid, match="--prompts"):
        tenant.set_("acme", prompts=prompts)


def test_a_command_that_changes_nothing_says_so() -> None:
    with pytest.raises(Invalid, match="name what is to be changed"):
        tenant.set_("acme")
