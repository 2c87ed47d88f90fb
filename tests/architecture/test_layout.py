"""The shape of the repository: names, arrows, settings, locks, routes and jobs."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import create_app
from api.document import placeholder_wiring
from evidence.domain.roles import Verb
from workers.app import app as jobs

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "evidence", "workers", "standalone", "migrations")
TOP = {
    *("api", "bench", "docs", "evidence", "migrations", "openapi", "requirements", "standalone", "tests", "web"),
    *("workers", ".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Dockerfile", "Makefile"),
    *("README.md", "compose.yaml", "pyproject.toml"),
}
READS_THE_ENVIRONMENT = {
    *("api/serving.py", "api/witness.py", "workers/__main__.py", "migrations/__main__.py", "evidence/settings.py"),
    *("evidence/commands/expunge.py", "evidence/commands/log.py", "evidence/commands/rescue.py"),
    "evidence/commands/verify.py",
}
ENVIRONMENT = re.compile(r"\bos\.(environb?|getenv)\b|from os import .*\benviron\b")
HOST = re.compile(r"https?://|--(extra-)?index-url|--find-links")


def tracked() -> list[str]:
    """The files of the repository as git knows them; an unpacked archive has no such list."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return listed.stdout.splitlines()
    pytest.skip("not a git checkout")


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_nothing_new_stands_at_the_top_level() -> None:
    assert {name.partition("/")[0] for name in tracked()} - TOP == set()


def test_init_files_are_empty() -> None:
    found = [path for path in sources() if path.name == "__init__.py"]
    assert found
    assert [name_of(path) for path in found if path.read_bytes().strip()] == []


def test_the_environment_is_read_in_few_places() -> None:
    readers = {name_of(path) for path in sources() if ENVIRONMENT.search(path.read_text(encoding="utf-8"))}
    assert {name for name in readers if not name.startswith("standalone/")} <= READS_THE_ENVIRONMENT
    assert "api/serving.py" in readers, "the search itself must find something"


def test_locks_name_no_host_and_pin_hashes() -> None:
    locks = [path for path in (ROOT / "requirements").iterdir() if path.suffix == ".txt"]
    assert locks
    for lock in locks:
        content = lock.read_text(encoding="utf-8")
        assert not HOST.search(content), name_of(lock)
        assert "--hash=sha256:" in content, name_of(lock)


def test_every_route_states_its_verb() -> None:
    app = create_app(placeholder_wiring())
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "api-docs.openapi_json"]
    assert rules
    silent = [rule.rule for rule in rules if not isinstance(verb_of(app.view_functions[rule.endpoint]), Verb)]
    assert silent == []


def verb_of(view: object) -> object:
    """The verb that ``api.auth.requires`` wrote on a view, through whatever wraps it."""
    while view is not None:
        verb = getattr(view, "verb", None)
        if verb is not None:
            return verb
        view = getattr(view, "__wrapped__", None)
    return None


def test_every_job_has_a_task() -> None:
    enqueued = {name for path in sources() for name in jobs_enqueued_in(path)}
    assert enqueued, "the search itself must find something"
    jobs.perform_import_paths()
    assert enqueued - set(jobs.tasks) == set()


def jobs_enqueued_in(path: Path) -> Iterator[str]:
    """The names given to ``jobs.enqueue``; where a variable is given, every text that it is assigned in that file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and is_jobs_enqueue(call.func)):
            continue
        name = call.args[1]
        if isinstance(name, ast.Name):
            yield from (text for value in assigned(tree, name.id) for text in texts(value))
        else:
            yield from texts(name)


def is_jobs_enqueue(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "enqueue"
        and isinstance(called.value, ast.Attribute)
        and called.value.attr == "jobs"
    )


def assigned(tree: ast.AST, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
            # In `a if condition else b` only a and b are values; texts of the condition are none.
            yield from (node.value.body, node.value.orelse) if isinstance(node.value, ast.IfExp) else (node.value,)


def texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


def test_the_import_arrows_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_two_test_files_share_a_name() -> None:
    """Pytest imports them by it; a second one would stop the whole run before its first test."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
