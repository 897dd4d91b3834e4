"""Who may import whom: the table of the design, held on the source itself. Four places put things together:
`app, worker, tower, cli`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "core": set(),
    **{name: {"core"} for name in ("storage", "channels", "llm", "payments", "agents", "documents")},
    "orchestrator": {"core", "storage", "llm", "payments", "agents"},
    "workers": {"core", "storage", "channels", "payments", "orchestrator"},
    "webhooks": {"core", "storage", "channels", "payments", "documents"},
    "emulator": {"core", "channels", "payments"},
    "control_tower": {"core", "storage"},
}
OURS = {*MAY_IMPORT, "app", "worker", "tower", "cli", "tests", "bench"}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node.lineno


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_the_design_allows(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name, line in imports(path)
        if name in OURS - allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_every_package_of_the_tree_is_in_the_table() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= OURS
