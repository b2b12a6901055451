"""`course train` on the screen: progress, samples, and in the end what the model can do."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from course_lib.errors import CourseError
from course_lib.llm import distributed
from course_lib.llm.model import count_parameters
from course_lib.llm.sampling import Settings
from course_lib.runs import measure
from course_lib.runs.presets import PRESETS
from course_lib.runs.run import Measured, Plan, Run
from course_lib.runs.talk import writer
from course_lib.study.loss_curve import save_loss_curve
from course_lib.terminal.screen import console
from course_lib.tinyville.probes import PROBES
from course_lib.tinyville.world import make_world

SAMPLE_TOKENS = 60


class Stopped(Exception):
    """The user wants to stop; the step is whole."""


def plan_for(what: str, like: str | None, steps: int | None, seed: int) -> Plan:
    """Return the plan that the words of `course train` stand for."""
    names = ", ".join(PRESETS)
    if not 0 <= seed < measure.HELD_OUT_SEED:
        raise CourseError(f"--seed takes a number from 0 to {measure.HELD_OUT_SEED - 1:,}.")
    if what in PRESETS:
        if like is not None:
            raise CourseError(f"--like is for a text of your own; {what} has a shape already.")
        preset, text = what, None
    else:
        if not Path(what).is_file():
            raise CourseError(f"{what} is neither a preset ({names}) nor a text file.")
        preset, text = like or "tiny", str(Path(what).resolve())
        if preset not in PRESETS:
            raise CourseError(f"--like takes one of {names}, not {preset}.")
    return Plan(preset, text, seed, steps or PRESETS[preset].training.steps)


def train(folder: Path, plan: Plan, sample_every: int, fresh: bool) -> None:
    """Train, or go on training, and show it."""
    torch.set_num_threads(min(PRESETS[plan.preset].n_threads, torch.get_num_threads()))
    preparing = (
        console.status("Getting the text ready") if distributed.is_first() else nullcontext()
    )
    try:
        with preparing:  # seconds for Tinyville's largest towns
            run = Run(folder, plan, fresh)
    except ValueError as error:
        raise CourseError(str(error)) from error
    announce(run)
    if run.trainer.step < plan.steps:
        train_with_progress(run, sample_every)
    if distributed.is_first():
        summarize(run)


def announce(run: Run) -> None:
    """Say what is about to be trained."""
    if not distributed.is_first():
        return
    what = run.plan.text or f"Tinyville's {PRESETS[run.plan.preset].world}"
    console.print(
        f"A model of {count_parameters(run.model):,} parameters and "
        f"{run.subject.tokenizer.vocab_size:,} tokens learns {what}."
    )
    if run.resumed_from == run.plan.steps:
        console.print(f"It is trained: all {run.plan.steps:,} steps are done.")
    elif run.resumed_from:
        console.print(f"Going on after step {run.resumed_from:,} of {run.plan.steps:,}.")


def train_with_progress(run: Run, sample_every: int) -> None:
    """Train with a bar, the time that is left, the loss beside the floor, and samples."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    shown = Progress(*columns, console=console, disable=not distributed.is_first())
    with shown as progress, ctrl_c_after_a_step() as stop_if_asked:
        task = progress.add_task("", total=run.plan.steps, completed=run.trainer.step)

        def on_step(measured: Measured) -> None:
            progress.update(task, completed=measured.step)
            if measured.held_out is not None:
                progress.update(task, description=loss_text(measured.held_out, run.subject.floor))
            if measured.step % sample_every == 0 and distributed.is_first():
                console.print(f"step {measured.step:,} writes: {sample(run)}", style="dim")
            stop_if_asked()

        try:
            run.train(on_step)
        except Stopped:
            run.save()
            raise CourseError(
                f"Stopped after step {run.trainer.step:,}; the same command goes on from there."
            ) from None
        except KeyboardInterrupt:
            raise CourseError(
                "Stopped at once; the same command goes on from what was saved last."
            ) from None
        except FloatingPointError as error:
            raise CourseError(str(error)) from error


@contextmanager
def ctrl_c_after_a_step() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C wait until a step is whole; pressed again, it stops at once.

    In the middle of a step some weights are updated and others are not: saved, they would make
    another run of it.

    Yields:
        What to call between two steps; it raises `Stopped` if Ctrl-C was pressed.
    """
    asked = False

    def on_ctrl_c(number, frame) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def stop_if_asked() -> None:
        if asked:
            raise Stopped

    before = signal.signal(signal.SIGINT, on_ctrl_c)
    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGINT, before)


def loss_text(loss: float, floor: float | None) -> str:
    """Return a loss beside the floor, where it is known."""
    if floor is None:
        return f"loss {loss:.3f} nats a token"
    return f"loss {loss:.3f} = {loss / floor:.3f} x floor"


def sample(run: Run) -> str:
    """Return something that the model writes now."""
    training = run.model.training
    run.model.eval()
    speaker = writer(run.model, run.subject.tokenizer)
    text = "".join(speaker.go_on("", settings=Settings(), max_new_tokens=SAMPLE_TOKENS))
    run.model.train(training)
    return text


def summarize(run: Run) -> None:
    """Say what the model can do, draw its loss curve, and say where everything is."""
    run.model.eval()
    held_out = [(m.step, m.held_out) for m in run.measured if m.held_out is not None]
    last = loss_text(held_out[-1][1], run.subject.floor)
    losses = [(m.step, m.loss) for m in run.measured]
    title = f"Step {run.trainer.step:,}: {last}"
    save_loss_curve(run.folder / "loss.png", losses, held_out, run.subject.floor, title)
    console.print(f"\nOn text it has not seen: {last}.")
    if run.plan.text is None:
        console.print(f"It answers right: {right_answers(run)}.")
    console.print(f"It writes: {sample(run)}")
    console.print(f"\nSaved in {run.folder}: the model, losses.csv, loss.png.")
    console.print(f"Talk to it: course chat {run.folder}")


def right_answers(run: Run) -> str:
    """Return the part of right answers for each kind of probe."""
    world = make_world(PRESETS[run.plan.preset].world)
    tokenizer = run.subject.tokenizer
    parts = {name: measure.accuracy(run.model, tokenizer, p(world)) for name, p in PROBES.items()}
    return ", ".join(f"{name} {part:.0%}" for name, part in parts.items())
