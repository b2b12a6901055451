"""Where an nbgrader course keeps what: submissions, graded copies, feedback, the gradebook."""

import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from course_lib.errors import CourseError

PLAIN_NAME = re.compile(r"[^\W_][\w .,'’()@+-]*")
HANDED_IN = {".ipynb", ".zip"}  # the kinds of files that students hand in
VERDICTS = "verdicts"  # a step of our own: nbgrader copies what lies beside a graded notebook


class CourseFolders:
    """The folders of a course, as its nbgrader_config.py names them.

    Args:
        root: the folder with nbgrader_config.py.
    """

    def __init__(self, root: Path):
        self.root = root.resolve()
        self.config = _config(self.root)
        self.directory = CourseDirectory(config=self.config, root=str(self.root))

    @property
    def gradebook_url(self) -> str:
        """The gradebook's address: SQLite in the course's folder, or what the settings say."""
        return self.directory.db_url

    def has_gradebook(self) -> bool:
        """Return whether there is one; of a database elsewhere nobody knows until it is asked."""
        start, _, path = self.gradebook_url.partition(":///")
        return start != "sqlite" or Path(path).is_file()

    @property
    def course_id(self) -> str:
        return self.directory.course_id

    def release(self, name: str) -> Path:
        """Return the path of a lesson's released notebook."""
        return self._folder(self.directory.release_directory, ".", name) / f"{name}.ipynb"

    def source(self, name: str) -> Path:
        """Return the path of a lesson's notebook with answers."""
        return self._folder(self.directory.source_directory, ".", name) / f"{name}.ipynb"

    def submitted(self, student: str, name: str) -> Path:
        """Return the folder of one submission."""
        return self._folder(self.directory.submitted_directory, student, name)

    def autograded(self, student: str, name: str) -> Path:
        """Return the folder that a graded copy and its verdicts go to."""
        return self._folder(self.directory.autograded_directory, student, name)

    def verdicts(self, student: str, name: str) -> Path:
        """Return the file that keeps the verdicts on a submission; no learner gets it."""
        return self._folder(VERDICTS, student, name) / f"{name}.json"

    def feedback(self, student: str, name: str) -> Path:
        """Return the folder that a learner's feedback goes to."""
        return self._folder(self.directory.feedback_directory, student, name)

    def students_with(self, name: str) -> Iterator[str]:
        """Yield the names of the students who have handed a lesson in, sorted."""
        top = self.submitted("student", name).parent.parent
        if not top.is_dir():
            return
        for folder in sorted(top.iterdir(), key=lambda folder: folder.name):
            ordinary = folder.is_dir() and not folder.is_symlink()
            if ordinary and os.path.lexists(self.submitted(folder.name, name)):
                yield folder.name

    def misplaced(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield (what lies in submitted/, why nobody grades it) for all that may be a submission.

        A notebook that was handed in is graded, or its instructor hears of it.
        """
        top = self.submitted("student", name).parent.parent
        lessons = {*self._lessons(), name}
        for entry in sorted(top.glob("[!.]*"), key=lambda entry: entry.name):
            if entry.is_symlink():
                yield entry.name, "it is a link; the folder itself has to lie there"
            elif not entry.is_dir():
                if entry.suffix.lower() in HANDED_IN:
                    yield entry.name, "it lies in no student's folder"
            elif not os.path.lexists(entry / name):
                astray = sorted(_handed_in_below(entry, lessons))
                if astray:
                    where = str(astray[0].relative_to(top))
                    right = f"{entry.name}/{name}/"
                    yield entry.name, f"{where!r} lies in no lesson's folder: move it to {right!r}"

    def timestamp(self, student: str, name: str) -> datetime | None:
        """Return when a submission came in, where nbgrader's timestamp.txt says it."""
        file = self.submitted(student, name) / "timestamp.txt"
        if file.is_symlink() or not file.is_file() or file.stat().st_size > 100:
            return None
        try:
            return self.directory.get_existing_timestamp(str(file.parent))
        except (Exception, SystemExit):  # noqa: BLE001 - a file that a student may have written
            return None

    def lesson_called(self, number: str) -> str:
        """Return the full name of a lesson: "01" -> "01_tokenization".

        Raises:
            CourseError: if no lesson, or more than one, has that number.
        """
        known = self._lessons()
        found = [name for name in known if number in (name, name.split("_")[0])]
        if len(found) != 1:
            names = ", ".join(known) or "none"
            raise CourseError(f"No released lesson has the number {number}. There are: {names}.")
        return found[0]

    def _lessons(self) -> list[str]:
        """Return the names of all released lessons."""
        top = self.release("lesson").parent.parent
        return sorted(file.stem for file in top.glob("*/*.ipynb") if file.stem == file.parent.name)

    def nbgrader(self) -> NbGraderAPI:
        """Return nbgrader itself, for what it does best."""
        programs_first_on_path()
        return NbGraderAPI(coursedir=self.directory, config=self.config)

    def _folder(self, step: str, student: str, name: str) -> Path:
        return Path(self.directory.format_path(step, student, name))


def _handed_in_below(folder: Path, lessons: set[str]) -> Iterator[Path]:
    """Yield the notebooks and archives of a student that lie in no lesson's folder."""
    for place, inside, files in os.walk(folder):
        if Path(place) == folder:
            inside[:] = [one for one in inside if one not in lessons]
        inside[:] = [one for one in inside if one != ".ipynb_checkpoints"]
        yield from (Path(place, file) for file in files if Path(file).suffix.lower() in HANDED_IN)


def is_plain_name(name: str) -> bool:
    """Return whether a name can only be one folder's, and no path, option or hidden file."""
    if name != name.rstrip(" ."):  # Windows takes these off, and makes two names one
        return False
    marks = (character for character in name if unicodedata.category(character)[0] != "M")
    return name[:1].isalnum() and PLAIN_NAME.fullmatch("".join(marks)) is not None


def _config(root: Path) -> Config:
    file = root / "nbgrader_config.py"
    if not file.is_file():
        file = Path(__file__).resolve().parents[2] / "nbgrader_config.py"
    return PyFileConfigLoader(file.name, path=str(file.parent)).load_config()


def programs_first_on_path() -> None:
    """nbgrader starts `alembic` by its bare name: let it find the one beside this Python."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])
