"""One training run in one folder: begun, interrupted, resumed, finished.

The folder holds the model (`course_lib.llm.checkpoint`), and beside it `run.json` (what is trained,
on what, with which settings) and `losses.csv` (what was measured on the way). A run that stopped
goes on from its last save, and all that follows is as if it had never stopped.
"""

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from course_lib.llm import checkpoint, distributed
from course_lib.llm.batches import Batch, Batches, row_batches, text_batches
from course_lib.llm.model import GPT
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import StepReport, Trainer, evaluate, standard_optimizers
from course_lib.llm.whole_file import write_whole
from course_lib.runs import own_text
from course_lib.runs.measure import held_out_documents
from course_lib.runs.presets import PRESETS, Preset
from course_lib.runs.town import town_rows, town_tokenizer
from course_lib.tinyville.documents import floor
from course_lib.tinyville.world import make_world

SAVE_EVERY, MEASURE_EVERY = 100, 50  # steps
# All that a run writes. It is removed in this order: without the first file a run begins anew, and
# the last one says that the others are a run's.
FILES = (
    "training.safetensors",
    "model.safetensors",
    "config.json",
    "tokenizer.json",
    "losses.csv",
    "loss.png",
    "run.json",
)
OR_ELSE = "go on with that one, or choose another --folder, or start anew with --fresh"


@dataclass(frozen=True)
class Plan:
    """What a run trains: the same plan makes the same model.

    Attributes:
        preset: a name out of `PRESETS`, for the shape and the schedule.
        text: the path of the user's own text, or None for Tinyville.
        seed: of the first weights and of the order of the documents.
        steps: how many updates.
    """

    preset: str
    text: str | None
    seed: int
    steps: int


@dataclass(frozen=True)
class Subject:
    """What is to be learned: a tokenizer, batches of text, other text to measure on.

    Attributes:
        floor: the least possible loss on that other text, in nats a token; None if nobody knows.
        text_sha256: of the user's own text; None for Tinyville.
    """

    tokenizer: Tokenizer
    batches: Batches
    held_out: list[Batch]
    floor: float | None
    text_sha256: str | None


@dataclass(frozen=True)
class Measured:
    """What was measured after a step: losses in nats a token; `held_out` only now and then."""

    step: int
    loss: float
    held_out: float | None


class Run:
    """A run in its folder.

    Attributes:
        folder, plan, subject, trainer: where, what and how far.
        resumed_from: the step at which it goes on, 0 for a new one.
        measured: what was measured so far.
    """

    def __init__(self, folder: Path, plan: Plan, fresh: bool = False):
        """Begin a run, or go on with the one in `folder`; where `fresh`, begin in any case.

        Raises:
            ValueError: if `folder` holds a run with another plan, or a broken one, or files of
                these names that no run has written.
        """
        self.folder, self.plan = folder, plan
        preset = PRESETS[plan.preset]
        self.subject = own_subject(plan, preset) if plan.text else town_subject(plan, preset)
        self.description = describe(plan, preset, self.subject)
        torch.manual_seed(plan.seed)
        model = GPT(preset.model_config(self.subject.tokenizer.vocab_size, own_text.WINDOW))
        optimizers = standard_optimizers(model, preset.matrix_lr, preset.table_lr)
        self.trainer = Trainer(model, optimizers, replace(preset.training, steps=plan.steps))
        self.measured: list[Measured] = []
        if (folder / "training.safetensors").exists() and not fresh:
            check_description(folder, self.description)
            checkpoint.load_training(folder, self.trainer)
            self.measured = read_losses(folder, self.trainer.step)
        elif distributed.is_first():
            clear(folder)
        self.resumed_from = self.trainer.step

    @property
    def model(self) -> GPT:
        """The model in training."""
        return self.trainer.model

    def train(self, on_step: Callable[[Measured], None]) -> None:
        """Train to the end, save on the way, and call `on_step` after each step."""

        def after_step(report: StepReport) -> None:
            is_last = report.step == self.plan.steps
            due = (report.step % MEASURE_EVERY == 0 or is_last) and distributed.is_first()
            held_out = evaluate(self.model, self.subject.held_out) if due else None
            self.measured.append(Measured(report.step, report.loss, held_out))
            on_step(self.measured[-1])
            if report.step % SAVE_EVERY == 0 or is_last:
                self.save()

        self.trainer.run(self.subject.batches, after_step)

    def save(self) -> None:
        """Write all of it; whatever stops the computer, what stood there before or this is whole.

        Files are written in such an order that a run which was stopped between two of them goes
        on as well: the state of the training comes last.
        """
        if not distributed.is_first():
            return
        description = json.dumps(self.description, indent=2) + "\n"
        write_whole(self.folder / "run.json", description.encode())
        write_losses(self.folder, self.measured)
        checkpoint.save_model(self.folder, self.model, self.subject.tokenizer)
        checkpoint.save_training(self.folder, self.trainer)


def town_subject(plan: Plan, preset: Preset) -> Subject:
    """Return Tinyville's documents as something to learn."""
    world = make_world(preset.world)
    tokenizer = town_tokenizer(world)
    rows = town_rows(world, tokenizer, plan.seed, preset.n_documents)
    texts, held_out = held_out_documents(tokenizer, world, n=500)
    least = floor(world, texts, sum(batch.n_counted for batch in held_out))
    return Subject(
        tokenizer, row_batches(rows, preset.batch_size, plan.seed), held_out, least, None
    )


def own_subject(plan: Plan, preset: Preset) -> Subject:
    """Return the user's own text as something to learn."""
    text = own_text.read_own_text(Path(plan.text))
    batches = text_batches(text.training, preset.batch_size, own_text.WINDOW, plan.seed)
    return Subject(text.tokenizer, batches, text.validation_batches(), None, text.sha256)


def describe(plan: Plan, preset: Preset, subject: Subject) -> dict[str, str | float | None]:
    """Return all that decides what a run does, by name."""
    settings = asdict(preset)
    training = settings.pop("training")
    return settings | training | asdict(plan) | {"text_sha256": subject.text_sha256}


def check_description(folder: Path, expected: Mapping[str, str | float | None]) -> None:
    """Check that the run in `folder` is the one that is asked for; a text may lie elsewhere now."""
    path = folder / "run.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found = {name: found.get(name) for name in expected}
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} cannot be read: {error}; start anew with --fresh") from error
    if found["text_sha256"] != expected["text_sha256"]:
        text = found["text"] or "Tinyville"
        raise ValueError(
            f"{folder} holds a run of another text ({text}, as it was when it began): {OR_ELSE}"
        )
    for name, value in expected.items():
        if found[name] != value and name != "text":
            raise ValueError(
                f"{folder} holds a run with {name} {found[name]!r}, not {value!r}: {OR_ELSE}"
            )


def clear(folder: Path) -> None:
    """Make `folder` ready for a new run: it is there, and nothing is left of an older run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"{folder} is not a folder: choose another --folder") from error
    found = [name for name in FILES if (folder / name).exists()]
    if found and "run.json" not in found:
        raise ValueError(
            f"{folder} holds {found[0]}, which no run has written: choose another --folder"
        )
    for name in found:
        (folder / name).unlink()


def read_losses(folder: Path, n_steps: int) -> list[Measured]:
    """Read what `write_losses` wrote of the first `n_steps` steps."""
    path = folder / "losses.csv"
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1 : n_steps + 1]
        measured = [
            Measured(int(step), float(loss), float(held_out) if held_out else None)
            for step, loss, held_out in rows
        ]
        if [m.step for m in measured] != [*range(1, n_steps + 1)]:
            raise ValueError(f"expected the steps 1 to {n_steps}, got {len(rows)} rows")
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}; start anew with --fresh") from error
    return measured


def write_losses(folder: Path, measured: list[Measured]) -> None:
    """Write every step's losses as a table."""
    lines = ["step,loss,held_out"]
    for m in measured:
        lines.append(f"{m.step},{m.loss:.6f},{'' if m.held_out is None else f'{m.held_out:.6f}'}")
    write_whole(folder / "losses.csv", ("\n".join(lines) + "\n").encode())
