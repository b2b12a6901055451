"""What students get: all that a lesson needs, nothing that solves it, the same bytes each time."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from course_lib.classroom import markers
from course_lib.classroom.handout import FOLDER, ROOT, SETUP, make_handout, release_lesson
from course_lib.classroom.lesson import source_of
from course_lib.errors import CourseError
from tests.classroom.notebooks import NAME, answers

LESSONS = [source.stem for source in sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))]
FOR_TEACHERS = ("course_lib.build", "course_lib.classroom", "course_lib.terminal.grading")
SHORT = 16  # shorter lines of an answer, such as `return True`, stand in many programs
# The science, the library behind `mine`, the last hint: they are near an answer by design.
NEAR = re.compile(r"course_lib/(llm/.*|exercises/[a-z]+/(library\.py|hints\.yaml))")
# Other files in which a whole answer, of one to four lines, is part of something larger.
PARTS = {
    ("attention", "course_lib/exercises/attention/calls.py"),  # given to the exercises after it
    ("block", "course_lib/study/depth.py"),  # the wirings that lesson 04 compares
    ("post_norm_block", "course_lib/study/depth.py"),
    ("bradley_terry_loss", "course_lib/exercises/rlhf/bradley_terry_loss_mistakes.py"),  # truth
}


@pytest.fixture(scope="module")
def handout(tmp_path_factory) -> Path:
    return make_handout(ROOT, NAME, tmp_path_factory.mktemp("handouts"))


@pytest.fixture(scope="module")
def unpacked(handout, tmp_path_factory) -> Path:
    """The folder that a student unpacks."""
    place = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(handout) as archive:
        archive.extractall(place)
    return place / FOLDER


@pytest.fixture
def copy(tmp_path) -> Path:
    """A course with one lesson, to change."""
    root = tmp_path / "course"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "course_lib", root / "course_lib", ignore=leave)
    for name in (*SETUP, "nbgrader_config.py"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "notebooks" / NAME, root / "notebooks" / NAME)
    return root


def paths(handout: Path) -> list[str]:
    """Return the paths in a handout, from its one folder on."""
    with zipfile.ZipFile(handout) as archive:
        names = archive.namelist()
    assert all(name.startswith(f"{FOLDER}/") for name in names)
    return [name.removeprefix(f"{FOLDER}/") for name in names]


def run(folder: Path, *words: str, **environment: str) -> str:
    """Return what a program prints where only a student's folder is there."""
    kept = {key: value for key, value in os.environ.items() if key != "TOKENS_TO_TRUST_PRIVATE"}
    done = subprocess.run(
        words,
        cwd=folder,
        env={**kept, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_holds_the_notebook_the_library_and_how_to_begin(handout):
    top = {path.split("/")[0] for path in paths(handout)}
    assert top == {"README.md", "Makefile", "course_lib", "notebooks", *SETUP}
    notebooks = [path for path in paths(handout) if path.endswith(".ipynb")]
    assert notebooks == [f"notebooks/{NAME}/{NAME}.ipynb"]
    packages = {path.split("/")[1] for path in paths(handout) if path.startswith("course_lib/")}
    assert {"exercises", "llm", "study", "jupyter_settings", "checkpoints"} <= packages
    assert not {"build", "classroom"} & packages


def test_all_that_git_has_of_the_library_goes_in(handout):
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "course_lib"], capture_output=True, text=True
    )
    if asked.returncode:
        pytest.skip("this is not a git clone, so it is not known which files belong to it")
    teachers = tuple(f"{name.replace('.', '/')}" for name in FOR_TEACHERS)
    wanted = {path for path in asked.stdout.splitlines() if not path.startswith(teachers)}
    assert {path for path in wanted if (ROOT / path).is_file()} <= set(paths(handout))


def test_the_same_files_make_the_same_bytes_whatever_lies_beside_them(copy, tmp_path):
    first = make_handout(copy, NAME, tmp_path).read_bytes()
    topic = copy / "course_lib" / "exercises" / "attention"
    for junk in ("__pycache__/checks.py", ".ipynb_checkpoints/checks.py", ".checks.py.swp"):
        (topic / junk).parent.mkdir(exist_ok=True)
        (topic / junk).write_text("junk")
    for junk in ("old.pyc", "notes.txt", "draft.ipynb", "checks.py~"):
        (topic / junk).write_text("junk")
    for folder in ("tokens_to_trust.egg-info", "lessons", "solutions", "submitted", "work", ".git"):
        (copy / folder).mkdir()
        (copy / folder / "junk.py").write_text("junk")
    (topic / "linked.py").symlink_to(ROOT / "LICENSE")
    (topic.parent / "linked").symlink_to(ROOT / "tests")
    for file in copy.rglob("*.py"):
        os.utime(file, (1, 1))
    assert make_handout(copy, NAME, tmp_path).read_bytes() == first


def test_what_has_changed_has_another_time(copy, tmp_path):
    """Python takes a compiled module for fresh if only its source's time and size are as before."""

    def time_of_errors() -> tuple:
        with zipfile.ZipFile(make_handout(copy, NAME, tmp_path)) as archive:
            return archive.getinfo(f"{FOLDER}/course_lib/errors.py").date_time

    file, before = copy / "course_lib" / "errors.py", time_of_errors()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("class CourseError", "class CourseErrer"), encoding="utf-8")
    assert time_of_errors() != before


def test_every_import_of_a_learners_part_is_there(unpacked):
    """Only cli.py names what teachers use, and only where such a command runs."""
    missing = {}
    for file in unpacked.glob("course_lib/**/*.py"):
        for module in modules_named_in(file):
            if not is_there(unpacked, module):
                missing.setdefault(file.relative_to(unpacked).as_posix(), set()).add(module)
    assert set(missing) == {"course_lib/cli.py"}
    assert all(module.startswith(FOR_TEACHERS) for module in missing["course_lib/cli.py"])
    top_level = ast.parse((unpacked / "course_lib" / "cli.py").read_text(encoding="utf-8")).body
    imports = [ast.unparse(node) for node in top_level if isinstance(node, ast.ImportFrom)]
    assert imports and not [line for line in imports if any(name in line for name in FOR_TEACHERS)]


def modules_named_in(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {module for module in found if module.startswith("course_lib.")}


def is_there(root: Path, module: str) -> bool:
    """Return whether a module, or the module that a name may be taken from, is in a folder."""
    file = root.joinpath(*module.split("."))
    return file.is_dir() or any(place.with_suffix(".py").is_file() for place in (file, file.parent))


@pytest.mark.parametrize("name", LESSONS)
def test_no_file_holds_an_answer(name, tmp_path):
    texts = texts_of(make_handout(ROOT, name, tmp_path))
    notebook = json.loads(texts.pop(f"notebooks/{name}/{name}.ipynb"))
    files = {path: lines_of(text) for path, text in texts.items() if not NEAR.fullmatch(path)}
    for exercise, lines in solved(name).items():
        for path, there in files.items():
            if path.startswith(("course_lib/exercises/", "course_lib/study/")):
                found = lines <= there and (exercise, path) not in PARTS
            else:
                found = lines & there
            assert not found, f"{path} holds the answer to {exercise}"
        cells = {cell["id"]: source_of(cell) for cell in notebook["cells"]}
        assert "NotImplementedError" in cells[exercise] or is_bug_hunt(name, exercise)
        whole = lines_of("\n".join(cells.values()))
        assert not lines <= whole, f"the notebook holds the answer to {exercise}"
        assert not lines & lines_of(cells[exercise]) - faulty_lines(name, exercise)


@pytest.mark.parametrize("name", LESSONS)
def test_no_file_holds_a_hidden_test_or_a_mark_scheme(name, tmp_path):
    texts = texts_of(make_handout(ROOT, name, tmp_path))
    notebook = texts.pop(f"notebooks/{name}/{name}.ipynb")
    assert "thorough=True" not in notebook
    for kind in ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME", "BEGIN RELEASE"):
        assert kind not in notebook
    scheme = set().union(*(set(lines) for _, lines in regions_of(name, markers.MARK_SCHEME)))
    scheme = {line.strip() for line in scheme if len(line.strip()) >= SHORT}
    assert scheme or name == "00_start"
    for path, text in [*texts.items(), ("the notebook", "\n".join(json.loads(notebook)["cells"]
