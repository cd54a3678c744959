"""The house rules of ARCHITECTURE.md and CONTRIBUTING.md, held against the tree as it is."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

import collab
from tests.parts import ROOT, require

MODULES = sorted(ROOT.glob("collab/**/*.py"))
SOURCES = sorted(
    path
    for pattern in (
        "collab/**/*.py",
        "migrations/**/*.py",
        "tests/**/*.py",
        "tests/node/*.mjs",
        "frontend/src/**/*.ts*",
    )
    for path in ROOT.glob(pattern)
)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LONGEST = 400
"""Lines of a file. Beyond, a room inside it wants its own door."""

TESTED_ELSEWHERE = {
    "collab/auth/keys.py": "tests/api/test_operator.py",
    "collab/auth/people.py": "tests/api/test_grants.py",
    "collab/auth/shares.py": "tests/api/test_shares.py",
    "collab/cli/doctor.py": "tests/doctor/test_command.py",  # beside the surgery that it examines
    # One reading of two moments, from its values to its words; what each part says shows in the whole.
    "collab/content/changes.py": "tests/content/test_differing.py",
    "collab/content/contents.py": "tests/content/test_integration.py",
    "collab/content/entries.py": "tests/content/test_differing.py",
    "collab/content/formats.py": "tests/content/test_rendering.py",
    "collab/content/items.py": "tests/content/test_integration.py",
    "collab/content/nodes.py": "tests/content/test_differing.py",
    "collab/content/runs.py": "tests/content/test_differing.py",
    "collab/content/showing.py": "tests/content/test_integration.py",
    "collab/content/tree.py": "tests/content/test_plain.py",
    "collab/api/moments.py": "tests/api/test_versions.py",
    "collab/crdt/steps.py": "tests/crdt/test_document.py",  # every long function is driven in steps there
    "collab/history/returning.py": "tests/api/test_returns.py",
    "collab/history/tasks.py": "tests/api/test_differences.py",
    "collab/rooms/outlasting.py": "tests/rooms/test_rooms.py",  # a stop while somebody waits for a document
    "collab/rooms/gate.py": "tests/rooms/test_room.py",  # the way of an edit, as far as nothing has changed yet
    "collab/storage/spelled.py": "tests/storage/test_contract.py",  # on both databases, whichever way it is said
    "collab/storage/schema.py": "tests/storage/test_migrate.py",  # what is let pass, and what makes it so
    "collab/storage/journal.py": "tests/storage/test_log.py",  # one thing with the log, in two files
    # One suite is the contract of every store, whatever it is made of.
    "collab/storage/access/events.py": "tests/storage/access/test_contract.py",
    "collab/storage/access/keys.py": "tests/storage/access/test_contract.py",
    "collab/storage/access/memory.py": "tests/storage/access/test_contract.py",
    "collab/storage/access/revocations.py": "tests/storage/access/test_contract.py",
    "collab/storage/access/shares.py": "tests/storage/access/test_contract.py",
    "collab/storage/access/sql.py": "tests/storage/access/test_contract.py",
    "collab/storage/grants.py": "tests/storage/access/test_contract.py",
    "collab/storage/changes.py": "tests/storage/test_contract.py",
    "collab/storage/checkpoints.py": "tests/storage/test_contract.py",
    "collab/storage/codes.py": "tests/storage/test_contract.py",
    "collab/storage/connect.py": "tests/storage/test_contract.py",
    "collab/storage/documents.py": "tests/storage/test_contract.py",
    "collab/storage/keys.py": "tests/storage/test_listing.py",  # keys are there to find and sort by
    "collab/storage/memory.py": "tests/storage/test_contract.py",
    "collab/storage/postgres.py": "tests/storage/test_contract.py",
    "collab/storage/sql.py": "tests/storage/test_contract.py",
    "collab/storage/sqlite.py": "tests/storage/test_contract.py",
    "collab/history/authors.py": "tests/history/test_sittings.py",  # one past, asked from all sides
    "collab/history/past.py": "tests/history/test_sittings.py",
    "collab/rooms/contributors.py": "tests/rooms/test_care.py",
    "collab/storage/people.py": "tests/storage/test_archive.py",
    "collab/storage/steps.py": "tests/storage/test_archive.py",
    "collab/storage/versions.py": "tests/storage/test_archive.py",
    "collab/storage/mending.py": "tests/doctor/test_versions.py",  # what it makes of a version, the doctor then finds well
}
"""Modules that no test module mirrors, and what tests them."""


def name(path: Path) -> str:
    """A path as the rules speak of it."""
    return path.relative_to(ROOT).as_posix()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def parse(path: Path) -> ast.Module:
    return ast.parse(text(path), name(path))


def required(*groups: str) -> set[str]:
    """The distributions that pyproject.toml asks for: ``dependencies``, or a group of optional ones."""
    project = PYPROJECT["project"]
    asked = [each for group in groups for each in project.get(group) or project["optional-dependencies"][group]]
    return {re.split(r"[^\w.-]", each)[0].lower() for each in asked}


def imported(module: str) -> Iterator[str]:
    """The top-level names of other packages that ``module`` and all below it import directly."""
    graph = grimp.build_graph("collab", include_external_packages=True, cache_dir=None)
    for each in {module, *graph.find_descendants(module)}:
        yield from (other for other in graph.find_modules_directly_imported_by(each) if graph.is_module_squashed(other))


# ---- who may know whom ----------------------------------------------------------------------------------------------


def test_the_layers_hold() -> None:
    # A process of its own: import-linter configures logging, and so silences the loggers of every test after this one.
    lint = [str(require("import-linter", "lint-imports")), "--no-cache"]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", ["collab.crdt", "collab.protocol", "collab.lib0", "collab.errors"])
def test_the_core_uses_the_standard_library_only(module: str) -> None:
    assert set(imported(module)) - sys.stdlib_module_names == set()


@pytest.mark.parametrize(
    "path", [path for path in MODULES if name(path).startswith(("collab/crdt/", "collab/protocol/"))], ids=name
)
def test_the_core_never_waits(path: Path) -> None:
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert [node.lineno for node in ast.walk(parse(path)) if isinstance(node, waits)] == []


def test_every_library_is_declared() -> None:
    """What is imported is named in pyproject.toml, not merely there because something else brought it."""
    declared = required("dependencies", "postgres")
    distributions = packages_distributions()
    foreign = set(imported("collab")) - sys.stdlib_module_names
    undeclared = {
        one
        for one in foreign
        if not declared & {found.lower().replace("_", "-") for found in distributions.get(one, [])}
    }
    assert undeclared == set()


def test_only_config_reads_the_environment() -> None:
    readers = {
        name(path)
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    }
    assert {reader for reader in readers if not reader.startswith("collab/config")} == set()


# ---- names and sizes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_is_short(path: Path) -> None:
    lines = len(text(path).splitlines())
    assert lines <= LONGEST, f"{lines} lines: is there a room inside that wants its own door?"


def test_no_room_for_odds_and_ends() -> None:
    odd = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
    assert [name(path) for path in SOURCES if odd & {path.stem, *path.relative_to(ROOT).parts[:-1]}] == []


def behaves(path: Path) -> bool:
    """Whether a module does anything: a port and a list of values have nothing to test."""

    def acts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in function.body)

    return any(acts(node) for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def mirrors(path: Path) -> list[Path]:
    """Where the tests of a module are: its own test module, or that of its whole package."""
    package = path.relative_to(ROOT / "collab").parent
    return [ROOT / "tests" / package / f"test_{path.stem}.py", ROOT / "tests" / f"test_{package.name}.py"]


def test_modules_are_mirrored_by_tests() -> None:
    """``collab/rooms/room.py`` has ``tests/rooms/test_room.py``, and ``collab/config/`` has ``tests/test_config.py``."""
    modules = [path for path in MODULES if path.stem != "__init__" and behaves(path)]
    unmirrored = {name(path) for path in modules if not any(mirror.exists() for mirror in mirrors(path))}
    assert unmirrored - set(TESTED_ELSEWHERE) == set(), "without a test module, and not in TESTED_ELSEWHERE"
    assert set(TESTED_ELSEWHERE) - unmirrored == set(), "listed in vain"


def test_what_tests_elsewhere_exists() -> None:
    assert [test for test in TESTED_ELSEWHERE.values() if not (ROOT / test).exists()] == []


def test_a_package_only_re_exports() -> None:
    for path in MODULES:
        if path.name == "__init__.py" and path.parent.name != "collab":
            found = {type(node) for node in parse(path).body}
            assert found <= {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign}, name(path)


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=name)
def test_all_is_what_a_package_offers(path: Path) -> None:
    """``__all__`` names exactly what ``__init__`` brings in, sorted by ruff."""
    tree = parse(path)
    brought = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }
    offered = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert set(offered[0] if offered else []) == brought


# ---- what is committed ----------------------------------------------------------------------------------------------


def committed(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for each in listed.decode().split("\0") if each and (path := ROOT / each).exists()]


def test_lock_files_name_no_registry() -> None:
    locks = committed("*package-lock.json")
    assert locks
    for path in locks:
        for package in json.loads(text(path))["packages"].values():
            assert "resolved" not in package, name(path)


def test_constraints_name_versions_only() -> None:
    for line in text(ROOT / "constraints.txt").splitlines():
        assert re.fullmatch(r"[\w.-]+==[\w.!+-]+", line), line


def test_every_dependency_is_constrained() -> None:
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in text(ROOT / "constraints.txt").splitlines()}
    assert required("dependencies", *PYPROJECT["project"]["optional-dependencies"]) - pinned == set()


def test_the_changelog_is_kept() -> None:
    headings = re.findall(r"^## \[(.+?)\]", text(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert collab.__version__ in headings[1:] or len(headings) == 1, "a released version has its section"


@pytest.mark.parametrize("path", committed("*.md"), ids=name)
def test_links_between_our_pages_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text(path))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_readme_names_verbs_that_exist() -> None:
    verbs = set(
        re.findall(r"(?:`|^    )make ([a-z]+)\b", "\n".join(text(path) for path in committed("*.md")), re.MULTILINE)
    )
    rules = set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE))
    assert {"run", "test"} <= verbs <= rules
