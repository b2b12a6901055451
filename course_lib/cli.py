"""`course ...`: what a learner and an author type. A command imports what it needs when it runs."""

import errno
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from course_lib.errors import CourseError
from course_lib.memory import keep_freed
from course_lib.threads import be_patient

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "work"
MODELS = ROOT / "models"

app = typer.Typer(
    help="Tokens to Trust: from raw text to an aligned chat model, in notebooks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Lesson = Annotated[str, typer.Argument(metavar="NN", help="The number of a lesson, such as 01.")]


# what students do not get
FOR_TEACHERS = ("course_lib.build", "course_lib.classroom", "course_lib.terminal.teachers")
DISK_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}


def main() -> None:
    """Run a command. A user's mistake ends in one line and exit code 2, never in a traceback."""
    be_patient()
    keep_freed()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # an old terminal may lack an arrow or a check mark
    try:
        app()
    except CourseError as error:
        if os.environ.get("RANK", "0") == "0":  # of the processes that torchrun has started
            print(error, file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(FOR_TEACHERS):
            raise
        line = "This is a student's copy, without the commands for teachers: take the whole course."
        print(line, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        if error.errno not in DISK_TROUBLE:
            raise
        place = error.filename or "a file"
        fix = "Make room there, or make it yours, then run the command again."
        print(f"Cannot write {place}: {error.strerror}. {fix}", file=sys.stderr)
        sys.exit(2)


@app.command()
def lab(
    lesson: Lesson = "00",
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: a free one.")] = None,
) -> None:
    """Open JupyterLab on your own copy of a lesson."""
    from course_lib import launch
    from course_lib.study import record, workspace

    notebook = workspace.open_lesson(lesson)
    launch.fetch_missing()
    log = record.data_file().with_name("jupyterlab.log")
    launch.open_lab(notebook, WORK, log, port, browser)


@app.command()
def fetch() -> None:
    """Fetch the models and texts that the lessons use, once, with a network."""
    from course_lib import assets, launch

    launch.fetch_missing()
    print(f"All {len(assets.ASSETS)} models and texts are in {assets.cache_dir()}.")


@app.command()
def doctor() -> None:
    """Say what is installed: OK, or FAIL with the fix."""
    from rich.console import Console

    from course_lib import assets
    from course_lib.doctor import examine
    from course_lib.study import record

    colors = {"OK": "green", "FAIL": "bold red", "optional": "yellow"}
    console = Console(highlight=False, soft_wrap=True)
    failed = 0
    for check in examine(WORK, record.data_file().parent, assets.cache_dir()):
        failed += check.status == "FAIL"
        console.print(f"{check.status:8} ", style=colors[check.status], end="")
        fix = f"\n         Fix: {check.fix}" if check.status == "FAIL" else ""
        note = f" ({check.fix})" if check.status == "optional" else ""
        console.print(f"{check.name}: {check.found}{note}{fix}", markup=False)
    console.print(f"{failed} failed" if failed else "Everything a lesson needs is here.")
    raise typer.Exit(1 if failed else 0)


@app.command()
def reset(lesson: Lesson) -> None:
    """Start a lesson afresh; your copy is kept beside it."""
    from course_lib.study import workspace

    print(workspace.reset(lesson))


@app.command()
def update() -> None:
    """Bring changed lessons into your copies, with your answers kept."""
    from course_lib.study import workspace

    print("\n".join(workspace.update()) or "Your copies are up to date.")


@app.command()
def progress() -> None:
    """Show what you have done, and what comes next."""
    from course_lib.study.progress import summary_text

    print(summary_text())


@app.command()
def train(
    what: Annotated[
        str, typer.Argument(metavar="PRESET|FILE", help="tiny, small or base; or a text file.")
    ],
    like: Annotated[
        str | None,
        typer.Option(metavar="PRESET", help="Shape and steps for a text file; default: tiny."),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Default: the preset's.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another run of the same kind.")] = 0,
    folder: Annotated[
        Path | None, typer.Option(help="Where the model goes; default: models/ and its name.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start anew, not where it stopped.")
    ] = False,
    sample_every: Annotated[int, typer.Option(min=1, help="Steps between samples.")] = 200,
) -> None:
    """Train a model of Tinyville, or of your own text.

    Ctrl-C stops it after a step; the same command goes on from there.
    """
    from course_lib.llm import distributed
    from course_lib.terminal import train as screen

    distributed.join()
    try:
        plan = screen.plan_for(what, like, steps, seed)
        screen.train(folder or MODELS / Path(what).stem, plan, sample_every, fresh)
        distributed.meet()
    finally:
        distributed.leave()


@app.command()
def chat(
    model: Annotated[
        str, typer.Argument(help="smollm2, or what `course train` has trained.")
    ] = "smollm2",
    prompt: Annotated[str | None, typer.Option(help="Answer this, and end.")] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Go on with the text instead of answering.")
    ] = False,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always the likeliest token.")] = False,
    temperature: Annotated[float, typer.Option(help="0 or more; lower: more predictable.")] = 0.7,
    top_p: Annotated[
        float, typer.Option(help="Only the likeliest tokens, together this probable.")
    ] = 0.9,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest answer, in tokens.")] = 256,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="The same seed, the same answer.")
    ] = None,
) -> None:
    """Talk to a model. One that was trained here goes on with what you begin."""
    from course_lib.terminal import chat as screen

    settings = screen.settings_for(greedy, temperature, top_p)
    speaker = screen.speaker_called(model, MODELS)
    screen.chat(speaker, prompt, raw, settings, max_tokens, seed)


@app.command()
def build(
    lesson: Annotated[
        str | None, typer.Argument(metavar="[NN]", help="One lesson; default: what has changed.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Run nothing; say what is stale or edited by hand.")
    ] = False,
) -> None:
    """Build the notebooks from lessons/, or prove that they are fresh."""
    from course_lib.build.lessons import build_lessons, check_lessons
    from course_lib.build.problem import LessonsRefused

    if check and lesson:
        raise CourseError("`--check` looks at every lesson: leave the number out.")
    try:
        if check:
            problems = check_lessons()
            lines = [str(problem) for problem in problems] or ["All built notebooks are fresh."]
        else:
            problems, lines = [], build_lessons([lesson] if lesson else None)
    except LessonsRefused as refused:
        problems = lines = [str(problem) for problem in refused.problems]
    print("\n".join(lines), file=sys.stderr if problems else sys.stdout)
    raise typer.Exit(1 if problems else 0)


Private = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A folder with lessons of your own, beside the course's."),
]


@app.command()
def release(lesson: Lesson, private: Private = None) -> None:
    """Make what students get: a zip with the notebook and the library, no solution."""
    from course_lib.build.course import Course
    from course_lib.build.lessons import build_changed
    from course_lib.build.problem import LessonsRefused
    from course_lib.classroom.handout import release_lesson

    course = Course(_course_root(private))
    if course.sources():  # a folder may also hold nothing but what is built
        try:
            print(build_changed(lesson, course), flush=True)
        except LessonsRefused as refused:
            print("\n".join(map(str, refused.problems)), file=sys.stderr)
            raise typer.Exit(1) from None
    print(release_lesson(lesson, course.root))


@app.command()
def autograde(
    lesson: Lesson,
    student: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Grade once more, with the same inputs as before.")
    ] = False,
    preflight: Annotated[
        bool, typer.Option("--preflight", help="Grade known answers, right and wrong, instead.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Default: one for each core.")] = None,
    scheduler: Annotated[str, typer.Option(help="A dask scheduler's address: tcp://...")] = "",
    unsafe: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run without one where none works.")
    ] = False,
    private: Private = None,
) -> None:
    """Grade what students handed in, in a sandbox. What is graded stays; stop and go on at will.

    Ends with exit code 1 if a submission needs a person.
    """
    if not sys.platform.startswith("linux"):
        raise CourseError(
            "Grading runs strangers' programs, and only Linux has what holds them. On Windows use "
            "WSL, on a Mac a virtual machine or the container in .devcontainer/."
        )
    from course_lib.terminal.teachers import grading as screen

    root = _course_root(private)
    if preflight:
        raise typer.Exit(screen.preflight(root, lesson, unsafe))
    n_workers = workers or os.cpu_count() or 1
    raise typer.Exit(screen.autograde(root, lesson, student, again, n_workers, scheduler, unsafe))


@app.command()
def feedback(lesson: Lesson, private: Private = None) -> None:
    """Write a page for each learner: what is right, what is not, where to read."""
    from course_lib.terminal.teachers import grades as screen

    raise typer.Exit(screen.feedback(_course_root(private), lesson))


@app.command()
def export(
    lesson: Lesson,
    layout: Annotated[str, typer.Option(help="verdicts, canvas or moodle.")] = "verdicts",
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default: NN_topic-LAYOUT.csv.")
    ] = None,
    private: Private = None,
) -> None:
    """Write the grades of a lesson as CSV."""
    from course_lib.terminal.teachers import grades as screen

    raise typer.Exit(screen.export(_course_root(private), lesson, layout, to))


def _course_root(private: Path | None) -> Path:
    """Return the folder whose lessons a teacher's command is about."""
    from course_lib.private import holds_private_lessons, use_private

    here = Path.cwd() if (Path.cwd() / "nbgrader_config.py").is_file() else ROOT
    if private is None and not holds_private_lessons(here):
        return here
    use_private(private or here)
    return (private or here).resolve()


if __name__ == "__main__":
    main()
