"""The production form: what compose.yaml promises, and its commands run as plain processes in its environment."""

import asyncio
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.ports import Place
from storage import embedded
from tests.cli.command import start
from tests.test_docs import environment_names

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
GIVEN = {"DATABASE_URL", "REDIS_URL", "ORKESTA_ENVIRONMENT", "ORKESTA_SECRET_KEY", "ORKESTA_PUBLIC_URL"}


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


# What the image or the file itself says: places in the container, and how many processes of each kind there are.
FIXED = {
    "ORKESTA_HOME", "ORKESTA_HOST", "ORKESTA_PORT", "ORKESTA_TOWER_PORT", "ORKESTA_EMULATOR_PORT",
    "ORKESTA_EMULATOR_SMTP_PORT", "ORKESTA_WORKERS", "ORKESTA_API_PROCESSES",
}  # fmt: skip


@pytest.mark.parametrize("service", ["migrate", "api", "worker", "tower"])
def test_every_setting_of_the_readme_reaches_the_service(service: str) -> None:
    assert set(environment_names()) - set(SERVICES[service]["environment"]) == FIXED


def test_a_setting_that_nobody_gave_keeps_its_default() -> None:
    """An empty text in its place would be read as a figure, and refused; a name alone is passed on only if set."""
    passed = {name: value for name, value in SERVICES["api"]["environment"].items() if name not in GIVEN}
    assert {name for name, value in passed.items() if value is not None} <= {"ORKESTA_LOG_FORMAT"}


def environment(servers: embedded.Servers, home: Path, port: int, tower_port: int) -> dict[str, str]:
    """The service's own environment, with the addresses and secrets of this test in the open places."""
    given = {
        "ORKESTA_ENVIRONMENT": SERVICES["api"]["environment"]["ORKESTA_ENVIRONMENT"],
        "DATABASE_URL": servers.dsn,
        "REDIS_URL": servers.redis_url,
        "ORKESTA_SECRET_KEY": "a long random text",
        "ORKESTA_PUBLIC_URL": "https://bot.example.test",
    }
    image = dict(re.findall(r"(ORKESTA_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))
    bound = {"ORKESTA_HOME": str(home), "ORKESTA_HOST": "127.0.0.1"}
    return {**image, **given, **bound, "ORKESTA_PORT": str(port), "ORKESTA_TOWER_PORT": str(tower_port)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(180)
async def test_the_commands_of_the_file_become_ready_together(servers: embedded.Servers, tmp_path: Path) -> None:
    port, tower_port = free_port(), free_port()
    surroundings = environment(servers, tmp_path, port, tower_port)

    async def begin(service: str) -> asyncio.subprocess.Process:
        program, *arguments = SERVICES[service]["command"]
        assert program == "orkesta"
        with (tmp_path / f"{service}.log").open("wb") as log:
            return await start(*arguments, environment=surroundings, stdout=log, stderr=log)

    migrate = await begin("migrate")
    assert await migrate.wait() == 0, (tmp_path / "migrate.log").read_text()
    running = [await begin(service) for service in ("api", "worker", "tower")]
    try:
        async with asyncio.timeout(150):
            await Place("127.0.0.1", port, "", "", "/health/ready").until_answers()
            await Place("127.0.0.1", tower_port, "", "", "/health").until_answers()
    finally:
        for process in running:
            if process.returncode is None:
                process.terminate()
        codes = await asyncio.gather(*(process.wait() for process in running))
    assert codes[1] == 0, (tmp_path / "worker.log").read_text()
