"""The production form: what compose.yaml promises, and its commands run as plain processes in its environment."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_memory_limit(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_service_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_data_outlives_its_container() -> None:
    for service, place in {"postgres": "/var/lib/postgresql/data", "redis": "/data", "api": "/data"}.items():
        names = [volume.split(":")[0] for volume in SERVICES[service]["volumes"] if volume.endswith(f":{place}")]
        assert names
        assert set(names) <= set(COMPOSE["volumes"])


def test_redis_keeps_an_append_only_file_and_postgres_has_pgvector() -> None:
    assert "--appendonly yes" in " ".join(SERVICES["redis"]["command"])
    assert "pgvector" in SERVICES["postgres"]["image"]


def test_the_image_runs_as_a_plain_user() -> None:
    instructions = (ROOT / "Dockerfile").read_text().splitlines()
    last_user = [line.split()[1] for line in instructions if line.startswith("USER")][-1]
    assert last_user != "root"


def test_no_secret_is_written_into_the_file() -> None:
    for name in ("POSTGRES_PASSWORD", "ORKESTA_SECRET_KEY", "ORKESTA_PUBLIC_URL"):
        assert f"${{{name}:?" in (ROOT / "compose.yaml").read_text()
