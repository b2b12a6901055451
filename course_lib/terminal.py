"""`course train` and `course chat` on the screen: progress, samples, a conversation."""

from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from course_lib.errors import CourseError
from course_lib.llm import distributed
from course_lib.llm.model import count_parameters
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.runs import measure
from course_lib.runs.presets import PRESETS
from course_lib.runs.run import Measured, Plan, Run
from course_lib.runs.talk import Speaker, load_smollm2, load_trained, writer
from course_lib.study.loss_curve import save_loss_curve
from course_lib.tinyville.probes import PROBES
from course_lib.tinyville.world import make_world

SAMPLE_TOKENS = 60
console = Console(highlight=False, soft_wrap=True)


def plan_for(what: str, like: str, steps: int | None, seed: int) -> Plan:
    """Return the plan that the words of `course train` stand for."""
    text = None
    if what not in PRESETS:
        if not Path(what).is_file():
            raise CourseError(f"{what} is neither a preset ({', '.join(PRESETS)}) nor a text file.")
        if like not in PRESETS:
            raise CourseError(f"--like takes one of {', '.join(PRESETS)}, not {like}.")
        text, what = str(Path(what).resolve()), like
    return Plan(what, text, seed, steps or PRESETS[what].training.steps)


def train(folder: Path, plan: Plan, sample_every: int, fresh: bool) -> None:
    """Train, or go on training, and show it."""
    if fresh and distributed.is_first():
        (folder / "training.safetensors").unlink(missing_ok=True)
    try:
        run = Run(folder, plan)
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
    if run.resumed_from:
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
    with shown as progress:
        task = progress.add_task("", total=run.plan.steps, completed=run.trainer.step)

        def on_step(measured: Measured) -> None:
            progress.update(task, completed=measured.step)
            if measured.held_out is not None:
                progress.update(task, description=loss_text(measured.held_out, run.subject.floor))
            if measured.step % sample_every == 0 and distributed.is_first():
                console.print(f"step {measured.step:,} writes: {sample(run)}", style="dim")

        try:
            run.train(on_step)
        except KeyboardInterrupt:
            run.save()
            raise CourseError(
                f"Stopped after step {run.trainer.step:,}; the same command goes on from there."
            ) from None
        except FloatingPointError as error:
            raise CourseError(str(error)) from error


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
    title = f"The loss falls towards {'its floor' if run.subject.floor else 'its best'}"
    losses = [(m.step, m.loss) for m in run.measured]
    save_loss_curve(run.folder / "loss.png", losses, held_out, run.subject.floor, title)
    console.print(f"\nOn text it has not seen: {loss_text(held_out[-1][1], run.subject.floor)}.")
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


def settings_for(greedy: bool, temperature: float, top_p: float) -> Settings:
    """Return the settings that the words of `course chat` stand for."""
    if not 0 < top_p <= 1:
        raise CourseError(f"--top-p takes a number above 0, up to 1, not {top_p}.")
    return GREEDY if greedy else Settings(temperature=temperature, top_p=top_p)


def chat(
    speaker: Speaker,
    prompt: str | None,
    raw: bool,
    settings: Settings,
    max_new_tokens: int,
    seed: int | None,
) -> None:
    """Answer `prompt`, or, without one, talk until the user has had enough."""
    generator = torch.Generator()
    generator.seed() if seed is None else generator.manual_seed(seed)
    how = dict(settings=settings, max_new_tokens=max_new_tokens, generator=generator)
    messages = []

    def reply(line: str) -> None:
        if raw or not speaker.answers:
            say(speaker.go_on(line, **how))
            return
        messages.append({"role": "user", "content": line})
        messages.append({"role": "assistant", "content": say(speaker.answer(messages, **how))})

    if prompt is not None:
        reply(prompt)
        return
    console.print("Write a line; an empty one ends.", style="dim")
    while line := ask():
        reply(line)


def ask() -> str:
    """Return the next line that the user writes; nothing, when they end."""
    try:
        return console.input("\n[bold]> [/bold]").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def say(pieces) -> str:
    """Print text as it comes, and return it."""
    said = ""
    try:
        for piece in pieces:
            print(piece, end="", flush=True)
            said += piece
    except ValueError as error:  # a prompt longer than the context, a mark of the template
        raise CourseError(str(error)) from error
    finally:
        print(flush=True)
    return said


def speaker_called(model: str, models: Path) -> Speaker:
    """Return who is called `model`: "smollm2", a folder, or the name of one in `models`."""
    if model == "smollm2":
        return load_smollm2()
    folder = Path(model) if Path(model).is_dir() else models / model
    if not folder.is_dir():
        raise CourseError(
            f"There is no model called {model}: smollm2 is one, a folder that `course train` has "
            "written is another."
        )
    try:
        return load_trained(folder)
    except ValueError as error:
        raise CourseError(str(error)) from error
