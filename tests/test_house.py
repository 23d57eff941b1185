"""What is shipped and promised: lock files, the wheel, the README's walk."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = "cloud/dashboard/static"


def test_every_package_is_locked_by_its_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^(\S+)==", lock, re.MULTILINE)
    assert len(pinned) > 50
    for entry in re.split(r"\n(?=\S)", lock):
        assert entry.startswith("#") or "--hash=sha256:" in entry, entry
    assert "://" not in lock
    assert "find-links" not in lock


def test_the_lock_holds_what_the_project_asks_for() -> None:
    wanted = re.findall(
        r'^ *"([a-z0-9-]+)[\[>]|\["([a-z0-9-]+)>', (ROOT / "pyproject.toml").read_text(), re.M
    )
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    assert {first or second for first, second in wanted} <= locked


def test_the_dashboards_lock_holds_no_address() -> None:
    lock = json.loads((ROOT / "cloud/dashboard/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


def test_the_wheel_holds_the_program_and_the_built_dashboard(tmp_path: Path) -> None:
    if not (ROOT / STATIC / "index.html").exists():
        pytest.skip("the dashboard is not built; run make setup")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    (wheel,) = tmp_path.glob("evara-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"{STATIC}/index.html", "edge_agent/outbox/schema.sql", "protocol/codec.py"} <= set(names)
    assert any(name.startswith("cloud/store/migrations/versions/") for name in names)
    stray = [name for name in names if name.startswith("cloud/dashboard/") and not name.startswith(STATIC)]
    assert stray == []
    assert [name for name in names if name.partition("/")[0] in {"tests", "benchmarks", "deploy"}] == []


def test_every_file_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text()))
    assert named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_make_offers_what_contributing_promises() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    promised = set(re.findall(r"^ +make ([a-z]+)", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE))
    assert promised
    assert promised <= targets
