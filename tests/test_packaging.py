"""The wheel is whole: it runs without the repository, its migrations and its page come along."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.parts import ROOT, lack, require
from tests.servers import free_port


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    require("the built page", ROOT / "collab" / "page" / "index.html")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """A folder that holds what the wheel holds, and nothing else."""
    with zipfile.ZipFile(wheel) as file:
        file.extractall(wheel.parent / "installed")
    return wheel.parent / "installed"


def collab(installed: Path, *arguments: str) -> str:
    """What ``collab`` prints, run from the wheel's files alone."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-P", "-m", "collab", *arguments]
    return subprocess.run(command, cwd=installed, env=environment, check=True, capture_output=True, text=True).stdout


def test_it_migrates_a_database(installed: Path, tmp_path: Path) -> None:
    revisions = sorted(path.name.split("_")[0] for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert revisions[-1] in collab(installed, "migrate", "--data-dir", str(tmp_path))
    assert (tmp_path / "collab.db").stat().st_size > 0


def test_it_holds_the_page(installed: Path) -> None:
    page = installed / "collab" / "page"
    built = ROOT / "collab" / "page"
    assert sorted(path.relative_to(page) for path in page.rglob("*")) == sorted(
        path.relative_to(built) for path in built.rglob("*")
    )


def test_it_holds_no_tests_and_no_data(installed: Path) -> None:
    assert {path.name.split("-")[0] for path in installed.iterdir()} == {"collab"}
    assert not {"tests", "data", "frontend"} & {path.name for path in (installed / "collab").iterdir()}


def test_it_tells_type_checkers_that_it_is_typed(installed: Path) -> None:
    assert (installed / "collab" / "py.typed").exists()


@pytest.mark.slow
def test_installed_in_a_new_environment_it_serves_the_page(wheel: Path, tmp_path: Path) -> None:
    """As a stranger does it: a new virtual environment, ``pip install`` of the wheel, ``collab serve``, a browser."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "new"], check=True)
    programs = tmp_path / "new" / "bin"
    install: list[str | Path] = [
        programs / "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        ROOT / "constraints.txt",
        wheel,
    ]
    done = subprocess.run(install, cwd=tmp_path, capture_output=True, text=True, check=False)
    if "Failed to establish a new connection" in done.stderr or "Temporary failure in name resolution" in done.stderr:
        lack("no package index can be reached")
    assert done.returncode == 0, done.stderr

    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COLLAB_", "PYTHON"))}
    command: list[str | Path] = [programs / "collab", "serve", "--data-dir", tmp_path / "data", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            assert any("listening on" in line for line in server.stderr), "it ended before it listened"
            page = fetch(f"http://127.0.0.1:{port}/")
            (script,) = re.findall(r'<script type="module"[^>]* src="(/assets/[^"]+)"', page)
            assert "react" in fetch(f"http://127.0.0.1:{port}{script}").lower()
        finally:
            server.terminate()
        assert server.wait(timeout=30) == 0


def fetch(url: str) -> str:
    """What stands there; an answer that says no is an error."""
    with urlopen(url, timeout=30) as answer:
        text: str = answer.read().decode()
        return text
