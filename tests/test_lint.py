"""`make lint` really finds what it is for: a planted secret, a known vulnerability."""

import json
import shutil
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

LINT = Path(__file__).parents[1] / ".ci" / "lint"
# Put together here, so that this file itself has none.
AWS = "AKIA" + "Z7XQ3M5TNB2VWLKD"
SLACK = "xox" + "b-2847561093-9182736450192-Qw8nTz3LkPv5RmYb7XcJ4dHs"
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"


def lint_of(tree: Path) -> Any:
    """The program of `make lint`, working on another tree."""
    (tree / ".ci").mkdir()
    shutil.copy(LINT, tree / ".ci" / "lint")
    loader = SourceFileLoader("lint", str(tree / ".ci" / "lint"))
    spec = spec_from_loader("lint", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("core/settings.py", f'aws = "{AWS}"'),
        ("core/settings.py", 'password = "kT9#vQ2mZx7Lp4"'),
        ("compose.yaml", "DATABASE_URL: postgresql://orkesta:kT9vQ2mZx7Lp4@postgres/orkesta"),
        ("tests/test_x.py", f'key = "{AWS}"'),
        ("tests/channels/fixtures/telegram/in_text.json", f'{{"slack": "{SLACK}"}}'),
        ("emulator/key.pem", KEY),
        ("docs/operations.md", f"export SLACK={SLACK}"),
    ],
)
def test_a_planted_secret_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, line: str
) -> None:
    planted = tmp_path / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(f"# a file\n{line}\n" if not path.endswith(".json") else line)
    lint = lint_of(tmp_path)
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert lint.secrets() is False
    assert f"  {path}:" in capsys.readouterr().out


def test_a_known_vulnerability_fails_and_an_index_without_answers_only_warns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lint = lint_of(tmp_path)
    bug = {"id": "GHSA-1", "fix_versions": ["2.0"]}
    answers = {
        "known": [{"name": "a", "version": "1.0", "vulns": [bug]}, {"name": "b", "version": "1", "vulns": []}],
        "none": [{"name": "a", "version": "1.0", "vulns": []}],
        "silent": [{"name": "a", "skip_reason": "not found"}],
    }
    found = {}
    for name, dependencies in answers.items():
        done = subprocess.CompletedProcess[str]([], 1, stdout=json.dumps({"dependencies": dependencies}), stderr="")
        monkeypatch.setattr(lint, "run", lambda *_, done=done: done)
        found[name] = (lint.vulnerabilities(), capsys.readouterr().out)
    assert [fine for fine, _ in found.values()] == [False, True, True]
    assert "a 1.0: GHSA-1, mended in 2.0" in found["known"][1]
    assert "WARNING" in found["silent"][1]
