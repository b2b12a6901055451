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
from tests.classroom.notebooks import NAME, answers, lesson

LESSONS = [source.stem for source in sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))]
FOR_TEACHERS = ("course_lib.build", "course_lib.classroom", "course_lib.terminal.teachers")
SHORT = 16  # shorter lines of an answer, such as `return True`, stand in many programs
# What is installed in this environment would step in for a module that is not in the folder.
ALONE = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in str(finder)]
"""
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


@pytest.mark.slow
def test_every_import_of_a_learners_part_is_there(unpacked):
    """Only teachers' commands name what is left out, and cli.py only where one of them runs."""
    missing = {}
    for file in unpacked.glob("course_lib/**/*.py"):
        for module in modules_named_in(file):
            if not is_there(unpacked, module):
                missing.setdefault(file.relative_to(unpacked).as_posix(), set()).add(module)
    assert set(missing) == {"course_lib/cli.py"}
    assert all(name.startswith(FOR_TEACHERS) for names in missing.values() for name in names)
    top_level = ast.parse((unpacked / "course_lib" / "cli.py").read_text(encoding="utf-8")).body
    lines = [ast.unparse(node) for node in top_level if isinstance(node, ast.ImportFrom)]
    assert lines and not [
        line for line in lines if "grading" in line or any(map(line.count, FOR_TEACHERS))
    ]


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
    del texts[f"notebooks/{name}/{name}.ipynb"]
    there = {path: lines_of(text) for path, text in texts.items() if not NEAR.fullmatch(path)}
    for exercise, lines in told_by(name, markers.SOLUTION).items():
        for path, found in there.items():
            if path.startswith(("course_lib/exercises/", "course_lib/study/")):
                holds = lines <= found and (exercise, path) not in PARTS
            else:
                holds = lines & found
            assert not holds, f"{path} holds the answer to {exercise}"


@pytest.mark.parametrize("name", LESSONS)
def test_the_notebook_holds_no_answer(name, tmp_path):
    texts = texts_of(make_handout(ROOT, name, tmp_path))
    cells = json.loads(texts[f"notebooks/{name}/{name}.ipynb"])["cells"]
    released = {cell["id"]: lines_of(source_of(cell)) for cell in cells}
    whole = set().union(*released.values())
    faulty = told_by(name, markers.RELEASE)  # a bug hunt's program is half of its answer
    for exercise, lines in told_by(name, markers.SOLUTION).items():
        assert not lines <= whole, f"the answer to {exercise}"
        assert not (lines & released[exercise]) - faulty.get(exercise, set()), exercise
    for cell_id, lines in told_by(name, markers.HIDDEN_TESTS).items():
        assert not lines & whole, f"the hidden tests of {cell_id}"


def texts_of(handout: Path) -> dict[str, str]:
    """Return {path: text} of a handout, without the weights of a model."""
    with zipfile.ZipFile(handout) as archive:
        return {
            name.removeprefix(f"{FOLDER}/"): archive.read(name).decode("utf-8")
            for name in archive.namelist()
            if not name.endswith(".safetensors")
        }


def lines_of(text: str) -> set[str]:
    """Return the lines that are long enough to tell something, as programs write them."""
    lines = (line.strip().removeprefix("# ").strip() for line in text.splitlines())
    return {line for line in lines if len(line) >= SHORT}


@cache
def told_by(name: str, kind: str) -> dict[str, set[str]]:
    """Return {cell: lines} of what stands between markers of a kind in the solved notebook.

    The answer to the written question is its rubric.
    """
    file = ROOT / "solutions" / name / f"{name}.ipynb"
    found = {}
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        regions = markers.regions(source_of(cell), kind)
        inside = [line for region in regions for line in region.lines]
        if lines := lines_of("\n".join(inside)):
            found[cell["id"]] = lines
    assert found or kind == markers.RELEASE or name == "00_start"
    return found


@pytest.mark.parametrize("kind", [markers.SOLUTION, markers.HIDDEN_TESTS])
def test_a_notebook_with_an_answer_is_refused(copy, tmp_path, kind):
    file = copy / "notebooks" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(file.read_text(encoding="utf-8"))
    notebook["cells"][3]["source"] = ["x = 1\n", f"### BEGIN {kind}\n", f"### END {kind}"]
    file.write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(CourseError, match=f"holds a {kind} marker.*`course build 01`"):
        make_handout(copy, NAME, tmp_path)
    assert not list(tmp_path.glob("*.zip"))


def test_a_notebook_with_outputs_is_refused(copy, tmp_path):
    solution = ROOT / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(solution.read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if "nbgrader" not in cell["metadata"]]
    (copy / "notebooks" / NAME / f"{NAME}.ipynb").write_text(json.dumps(notebook), "utf-8")
    with pytest.raises(CourseError, match="holds an output"):
        make_handout(copy, NAME, tmp_path)


def test_what_is_missing_or_a_link_is_named(copy, tmp_path):
    (copy / "LICENSE").unlink()
    with pytest.raises(CourseError, match="needs LICENSE"):
        make_handout(copy, NAME, tmp_path)
    (copy / "LICENSE").symlink_to(ROOT / "LICENSE")
    with pytest.raises(CourseError, match="or a link"):
        make_handout(copy, NAME, tmp_path)
    with pytest.raises(CourseError, match="07_none.ipynb.*`course build 07` makes"):
        make_handout(copy, "07_none", tmp_path)


def test_a_release_says_where_it_is(copy):
    line = release_lesson("1", copy)
    assert line.startswith(str(copy / "handouts" / f"{NAME}.zip")) and "KB" in line
    with pytest.raises(CourseError, match="02"):
        release_lesson("2", copy)


def test_a_lesson_whose_exercises_are_nowhere_is_refused(copy):
    (copy / "notebooks" / NAME).rename(copy / "notebooks" / "21_alone")
    (copy / "notebooks" / "21_alone" / f"{NAME}.ipynb").rename(
        copy / "notebooks" / "21_alone" / "21_alone.ipynb"
    )
    with pytest.raises(CourseError, match=f"--private {re.escape(str(copy))}"):
        release_lesson("21", copy)


@pytest.mark.skipif(not shutil.which("make"), reason="this computer has no make")
def test_make_lab_opens_the_lesson(unpacked):
    assert "python3 course_lib/bootstrap.py lab 01" in run(unpacked, "make", "-n", "lab")
    assert "lab 02 --port 8890" in run(unpacked, "make", "-n", "lab", "LESSON=02", "PORT=8890")


@pytest.mark.slow
def test_a_student_can_do_the_lesson(unpacked, tmp_path):
    """The set-up cell, a check, hints, the quiz and `mine`, with nothing but what was unpacked."""
    program = tmp_path / "lesson.py"
    program.write_text(ALONE + LESSON.format(answer=answers()["count_pairs"]), encoding="utf-8")
    here = {"PYTHONPATH": str(unpacked), "TOKENS_TO_TRUST_DATA": str(tmp_path / "record")}
    printed = run(unpacked, sys.executable, str(program), str(unpacked), **here)
    for said in ("`count_pairs`: right", "A question", "count_pairs: yours", "1. ", "1 of 8 pass"):
        assert said in printed
    assert "merge_pair: the library's" in printed
    command = ALONE + "sys.argv[1:] = ['progress']\nfrom course_lib.cli import main\nmain()"
    assert "1 of 8 pass" in run(unpacked, sys.executable, "-c", command, **here)


@pytest.mark.slow
def test_the_setup_cells_of_all_lessons_run_on_it(unpacked, tmp_path):
    """A handout holds the topics and tools of every lesson, so that the next one joins it."""
    notebooks = [lesson(name) for name in LESSONS]
    cells = [source_of(cell) for notebook in notebooks for cell in notebook.setup()]
    assert len(cells) >= len(LESSONS)
    program = tmp_path / "setup.py"
    text = "\n\n".join([ALONE, *cells, "print(figures.__file__)"])
    program.write_text(text, encoding="utf-8")
    printed = run(unpacked, sys.executable, str(program), PYTHONPATH=str(unpacked))
    assert printed.split()[-1] == str(unpacked / "course_lib" / "study" / "figures.py")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the stand-in for .venv is made of links")
def test_the_first_command_finds_all_it_needs(unpacked, tmp_path):
    """With an environment that is ready, as `make lab` leaves it, a command of `course` runs."""
    here = {"PYTHONPATH": str(unpacked), "TOKENS_TO_TRUST_DATA": str(tmp_path / "record")}
    programs = unpacked / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "course").write_text(f'#!/bin/sh\n"{sys.executable}" -m course_lib.cli "$@"\n')
    (programs / "course").chmod(0o755)
    run(unpacked, sys.executable, "-c", READY, **here)
    said = run(unpacked, sys.executable, "course_lib/bootstrap.py", "reset", "01", **here)
    assert said.startswith(f"work/{NAME}/{NAME}.ipynb is new")
    copied = unpacked / "work" / NAME / f"{NAME}.ipynb"
    assert copied.read_bytes() == (ROOT / "notebooks" / NAME / f"{NAME}.ipynb").read_bytes()
    shutil.rmtree(unpacked / ".venv")


READY = """
from course_lib.environment import VENV, fingerprint, write_state
write_state(VENV, {"made_here": True, "place": str(VENV), "locks": fingerprint(with_tests=False)})
"""
LESSON = """
import json
from pathlib import Path

import course_lib

root = Path(sys.argv[1])
assert Path(course_lib.__file__).parent == root / "course_lib", course_lib.__file__
cells = json.loads((root / "notebooks/01_tokenization/01_tokenization.ipynb").read_text())["cells"]
exec("".join(next(cell for cell in cells if cell["id"] == "setup")["source"]))

{answer}

check(count_pairs)
hint("count_pairs")
count_pairs = mine("count_pairs")
merge_pair = mine("merge_pair")
print(quiz("tokenization"))
progress("tokenization")
"""
