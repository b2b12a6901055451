"""pyproject.toml, the two locks and environment.yml tell one story."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from course_lib.bootstrap import NEWEST, OLDEST

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CUDA = re.compile(r"(nvidia|cuda)-|triton$")  # torch's own builds ask for them by exact version
SYSTEMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
]
PYTHONS = [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, Requirement]:
    """Return the pins of one lock file by name."""
    lines = [line for line in text_of(lock).splitlines() if line and line[0] not in "#-"]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def version_of(pin: Requirement) -> str:
    [specifier] = pin.specifier
    return specifier.version


CORE, MORE = pins("requirements.lock"), pins("requirements-test.lock")
ALL = CORE | MORE


def test_each_pin_is_one_public_version():
    for pin in ALL.values():
        [specifier] = pin.specifier
        assert specifier.operator == "==" and re.fullmatch(r"[\w.]+", specifier.version), pin
        assert pin.url is None, pin


def test_the_test_lock_adds_to_the_core_lock():
    assert "-r requirements.lock" in text_of("requirements-test.lock").splitlines()
    assert not CORE.keys() & MORE.keys()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_no_lock_names_a_server(lock: str):
    assert "://" not in text_of(lock) and "index-url" not in text_of(lock)


@pytest.mark.parametrize(
    ("wanted", "lock"),
    [(PROJECT["dependencies"], CORE), (PROJECT["optional-dependencies"]["test"], ALL)],
    ids=["core", "test"],
)
def test_each_range_holds_the_pin(wanted: list[str], lock: dict[str, Requirement]):
    for requirement in map(Requirement, wanted):
        pin = lock[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version_of(pin)), (str(requirement), str(pin))


def test_the_locks_hold_all_that_their_packages_need_on_every_system():
    missing = set()
    for name in ALL:
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system
        lock = CORE if name in CORE else ALL
        for need in map(Requirement, needs):
            needed = canonicalize_name(need.name)
            if any(applies(need, system, version) for system in SYSTEMS for version in PYTHONS):
                if needed not in lock and not CUDA.match(needed):
                    missing.add(f"{name} needs {needed}")
                elif needed in lock:
                    assert need.specifier.contains(version_of(lock[needed]), prereleases=True), name
    assert not missing


def applies(need: Requirement, system: dict[str, str], version: str) -> bool:
    """Say whether a requirement counts on a system with a Python version, without extras."""
    where = system | {"python_version": version, "python_full_version": f"{version}.9"}
    return need.marker is None or need.marker.evaluate(where | {"extra": ""})


def test_environment_yml_is_python_pip_the_lock_and_the_course():
    conda = yaml.safe_load(text_of("environment.yml"))
    python, *rest = conda["dependencies"]
    assert python == f"python{PROJECT['requires-python']}"
    assert rest == ["pip", {"pip": ["-r requirements.lock", "-e ."]}]


def test_bootstrap_asks_for_the_same_python_as_pyproject():
    allowed = SpecifierSet(PROJECT["requires-python"])
    (major, oldest), (_, newest) = OLDEST, NEWEST
    minors = [minor for minor in range(30) if allowed.contains(f"{major}.{minor}.1")]
    assert minors == list(range(oldest, newest + 1))


@pytest.mark.parametrize(
    ("folder", "extras"),
    [("course_lib", ["grading"]), ("lessons", []), ("tests", ["test"]), ("benchmarks", ["test"])],
)
def test_every_import_is_declared(folder: str, extras: list[str]):
    texts = list(PROJECT["dependencies"])
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    declared = {canonicalize_name(Requirement(text).name) for text in texts}
    packages = importlib.metadata.packages_distributions()
    ours = {"course_lib", "tests", "benchmarks"}
    undeclared = set()
    files = [file for file in (ROOT / folder).rglob("*.py") if "fixtures" not in file.parts]
    for file in files:
        for top in top_names(file) - set(sys.stdlib_module_names) - ours:
            names = {canonicalize_name(name) for name in packages.get(top, [top])}
            if not names & declared:
                undeclared.add(f"{file.relative_to(ROOT)} imports {top}")
    assert not undeclared


def top_names(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
    return found
