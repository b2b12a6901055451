"""Make what students get of a lesson: a zip with its notebook, the library, and how to begin.

Without answers means: nothing that holds a solved lesson goes in. That is lessons/, solutions/ and
tests/, and also a notebook that still has an answer, a hidden test or a mark scheme in it. The
library itself does go in, all of it that learners use, and it can do what the exercises ask for:
`mine("name")` lets a learner who left an exercise empty go on with the version in the topic's
library.py, which is built on course_lib.llm, and the last of three hints is nearly the answer. A
learner who looks for them finds them. Grading does not depend on that: where `course autograde`
runs a submission there are no checks and no library.py, and of course_lib.llm only what earlier
lessons taught.

All topics go in, also those of later lessons: they share code with each other, the tools of
course_lib.study read some of them, and course_lib.llm, which every lesson needs, would give away
as much. The packages that only teachers use stay out; no learner's command imports them.
"""

import io
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from course_lib.bootstrap import NEWEST, OLDEST
from course_lib.classroom import markers
from course_lib.classroom.folders import CourseFolders
from course_lib.classroom.lesson import source_of
from course_lib.errors import CourseError
from course_lib.exercises import registry
from course_lib.study.safe_file import replace_file

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "course_lib"
SETTINGS = "nbgrader_config.py"
FOLDER = "tokens-to-trust"  # every handout unpacks to it: the next lesson joins the ones before
SETUP = ("LICENSE", "environment.yml", "pyproject.toml", "requirements.lock")
FOR_TEACHERS = tuple(f"{LIBRARY}/{part}/" for part in ("build", "classroom", "terminal/teachers"))
SUFFIXES = {".csv", ".json", ".md", ".py", ".safetensors", ".yaml"}  # of all that belongs to it
LONG_AGO = datetime(1980, 1, 1)  # the first time that a zip can hold
ANSWERS = (markers.SOLUTION, markers.RELEASE, markers.HIDDEN_TESTS, markers.MARK_SCHEME)

README = """\
# {title}

A lesson of **Tokens to Trust**, a course in Jupyter notebooks that goes from raw text to an aligned
chat model. You need no GPU and, once it is set up, no network.

| | set it up, once, and open the lesson |
|---|---|
| Linux, macOS | `make lab`, or `python3 course_lib/bootstrap.py lab {number}` |
| Windows | `py course_lib\\bootstrap.py lab {number}` |
| conda | `conda env create -f environment.yml`, `conda activate {folder}`, `course lab {number}` |

Your notebook is made once and never overwritten. Save it, and hand in this file:
`{notebook}`

Did you get another lesson before? Unpack this one over it: what is installed stays, and so do your
notebooks. (On a Mac use `unzip -o {name}.zip` in a terminal; a double click makes a second folder.)
`make lab LESSON=01` then opens lesson 01.

**If something is wrong**, run `course doctor` (`.venv/bin/course doctor`, on Windows
`.venv\\Scripts\\course doctor`): each line says OK, or FAIL with the fix. On Linux, pip takes a
build of PyTorch with CUDA, several gigabytes that the course does not need:
`make lab TORCH_INDEX=https://...` takes it from the index of CPU builds that pytorch.org names.

## Which computers

Python {oldest} to {newest} with its venv module, 4 GB of memory, and Linux (x86-64 or ARM), macOS
14 or newer on Apple silicon, or Windows 10 or newer (x86-64). PyTorch has no current builds for
Intel Macs and for Windows on ARM: ask your teacher.

Code is under the MIT License, text under CC BY 4.0 ([LICENSE](LICENSE)).
"""

MAKEFILE = """\
# On Windows without make: py course_lib\\bootstrap.py lab {number}
PYTHON ?= python3
LESSON ?= {number}
PORT ?=
ARGS ?=
export TORCH_INDEX

.PHONY: lab
lab: # open a lesson in JupyterLab (LESSON=01 PORT=8890 ARGS=--no-browser TORCH_INDEX=...)
\t@$(PYTHON) course_lib/bootstrap.py lab $(LESSON) $(if $(PORT),--port $(PORT)) $(ARGS)
"""


def release_lesson(number: str, root: Path) -> str:
    """Make a lesson's handout in handouts/ and return a line that says where it is.

    Args:
        number: of a lesson that is built, for example "01".
        root: the folder of the course, or of an instructor's own lessons.

    Raises:
        CourseError: as `make_handout` does; and if there is no such lesson, its exercises are not
            to be found, or one of them has a name that an exercise of the course has.
    """
    name = CourseFolders(root).lesson_called(number.zfill(2))
    _refuse_unknown(name, root)
    if not (root / SETTINGS).exists():  # without them formgrader finds no private lesson
        replace_file(root / SETTINGS, (ROOT / SETTINGS).read_bytes())
    handout = make_handout(root, name, root / "handouts")
    return (
        f"{handout} ({handout.stat().st_size / 1000:.0f} KB) is what students get of {name}. "
        "Unpacked, it says in README.md how to begin."
    )


def make_handout(course: Path, name: str, target: Path) -> Path:
    """Make the zip that students get and return its path. The same files make the same bytes.

    Args:
        course: the root folder of the course; or of an instructor's own lessons, each of which has
            its topic in course_lib/exercises/ there. That topic goes in beside the course's own:
            it may import from those, and not from another private one.
        name: of the lesson, for example "01_tokenization".
        target: the folder that gets `<name>.zip`; an older one is replaced.

    Raises:
        CourseError: if a file is missing, is a link, or holds an answer.
        OSError: if the zip cannot be written; an older one is then as it was.
    """
    whole = (course / LIBRARY / "bootstrap.py").is_file()
    library = course if whole else ROOT
    files = _for_this_lesson(course, name, whole)
    files |= {path: _bytes(library, path) for path in (*SETUP, *_learners_part(library))}
    if not whole:
        files |= _private_topic(course, name.partition("_")[2])
    zipped = target / f"{name}.zip"
    replace_file(zipped, _zip(files))
    return zipped


def _for_this_lesson(course: Path, name: str, whole: bool) -> dict[str, bytes]:
    """Return the notebook and the two files that say how to open it."""
    number, _, topic = name.partition("_")
    command = f"course build {number}" if whole else f"course release {number} --private {course}"
    again = f"`{command}` makes it anew"
    notebook = CourseFolders(course).release(name)
    notebook_bytes = _bytes(notebook.parent, notebook.name, again)
    _refuse_answers(json.loads(notebook_bytes), name, again)
    facts = json.loads(_bytes(course, f"{LIBRARY}/exercises/{topic}/lesson.json", again))
    words = {
        "title": f"Lesson {number}. {facts['title']}",
        "number": number,
        "name": name,
        "notebook": f"work/{name}/{name}.ipynb",
        "folder": FOLDER,
        "oldest": "{}.{}".format(*OLDEST),
        "newest": "{}.{}".format(*NEWEST),
    }
    return {
        f"notebooks/{name}/{name}.ipynb": notebook_bytes,
        "README.md": README.format(**words).encode("utf-8"),
        "Makefile": MAKEFILE.format(**words).encode("utf-8"),
    }


def _refuse_answers(notebook: dict, name: str, again: str) -> None:
    """Raise CourseError if a notebook holds what no learner should get."""
    for cell in notebook["cells"]:
        text = source_of(cell)
        holds = [f"a {kind} marker" for kind in ANSWERS if markers.has_marker(text, kind)]
        holds += ["an output"] if cell.get("outputs") else []
        if holds:
            raise CourseError(
                f"{name}.ipynb is not for learners: its cell {cell['id']} holds {holds[0]}, which "
                f"no release has: {again}."
            )


def _learners_part(library: Path) -> Iterator[str]:
    """Yield the files of the library that learners need, as paths from its root."""
    for path in _files(library, LIBRARY):
        if not path.startswith(FOR_TEACHERS):
            yield path


def _private_topic(course: Path, topic: str) -> dict[str, bytes]:
    """Return the files of an instructor's own topic."""
    folder = f"{LIBRARY}/exercises/{topic}"
    paths = {f"{folder}/{name}" for name in ("calls.py", "checks.py", "hints.yaml")}
    paths |= set(_files(course, folder))
    return {f"{folder}/__init__.py": b""} | {path: _bytes(course, path) for path in paths}


def _files(root: Path, folder: str) -> Iterator[str]:
    """Yield the files under a folder that may go into a handout, as paths from `root`.

    Links, hidden files, caches and kinds of files that the course does not have are passed over.
    """
    for place, folders, names in os.walk(root / folder):
        folders[:] = [name for name in folders if name[0] not in "._"]
        for name in names:
            file = Path(place, name)
            if name[0] != "." and file.suffix in SUFFIXES and not file.is_symlink():
                yield file.relative_to(root).as_posix()


def _bytes(root: Path, path: str, fix: str = "put the file there") -> bytes:
    """Return what an ordinary file holds."""
    file = root / path
    if file.is_symlink() or not file.is_file():
        raise CourseError(f"A handout needs {path}, which in {root} is missing or a link: {fix}.")
    return file.read_bytes()


def _zip(files: dict[str, bytes]) -> bytes:
    """Return a zip of these files that tells nothing of when and where it was made.

    A file's time follows from its content. Python compiles a module anew when its time or its size
    has changed: two handouts that are unpacked over each other must not have the same times.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(files):
            seconds = 2 * (zlib.crc32(files[path]) % (1 << 26))  # a zip counts every other second
            time = LONG_AGO + timedelta(seconds=seconds)
            entry = zipfile.ZipInfo(f"{FOLDER}/{path}", time.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[path])
    return buffer.getvalue()


def _refuse_unknown(name: str, root: Path) -> None:
    """Raise CourseError if a learner's `check` would not find the exercises of a lesson."""
    topic = name.partition("_")[2]
    if topic not in registry.topics():
        raise CourseError(
            f"{LIBRARY}/exercises/ has no {topic} with a checks.py. Is {name} a lesson of your own?"
            f" Then add `--private {root}`."
        )
    for exercise in registry.exercises_of(topic).values():
        for function in exercise.functions:
            owner, _ = registry.find(function)
            if owner != topic:
                raise CourseError(
                    f"{function} of {name} is also an exercise of {owner}, which `check` would "
                    "take it for: give yours another name."
                )
