"""Kill a training run in the middle, let it go on, and compare it with a run that nobody killed.

`python -m course_lib.study.killed_run FOLDER` is the program that is killed: it goes on from what
FOLDER holds, saves every 40 steps, and prints the number and the loss of each step.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from course_lib.llm import checkpoint
from course_lib.llm.batches import row_batches
from course_lib.llm.training import StepReport, Trainer, TrainingConfig, standard_optimizers
from course_lib.study.town_training import ROWS, new_model, one_thread, rows, town

# The kill comes some time after step 50 is told, and long before the next save.
STEPS, SAVE_EVERY, KILLED_AFTER = 90, 40, 50
WIDTH, N_DOCUMENTS, SEED = 32, 2000, 0
STATE = "training.safetensors"


@dataclass(frozen=True)
class Story:
    """Three lists of (step, loss): until it was killed, after it went on, and without a kill."""

    killed: list[tuple[int, float]]
    resumed: list[tuple[int, float]]
    unbroken: list[tuple[int, float]]

    @property
    def largest_difference(self) -> float:
        """By how much a resumed step's loss differs from the same step's of the unbroken run."""
        expected = dict(self.unbroken)
        return max(abs(loss - expected[step]) for step, loss in self.resumed)


def tell() -> Story:
    """Run the program, kill it after step 50, run it again; and once without a kill."""
    with TemporaryDirectory() as folder:
        killed = list(_run(Path(folder) / "a", kill_after=KILLED_AFTER))
        resumed = list(_run(Path(folder) / "a"))
        unbroken = list(_run(Path(folder) / "b"))
    return Story(killed, resumed, unbroken)


def _run(folder: Path, kill_after: int | None = None) -> Iterator[tuple[int, float]]:
    """Start the program, and yield each step that it reports."""
    command = [sys.executable, "-m", "course_lib.study.killed_run", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            step, loss = line.split()
            yield int(step), float(loss)
            if int(step) == kill_after:
                process.kill()  # as if the power went out: nothing can be tidied up any more
                return
    if process.returncode != 0:
        raise RuntimeError(f"the training program ended with code {process.returncode}")


def main(folder: Path) -> None:
    """Train, or go on, and report each step."""
    folder.mkdir(parents=True, exist_ok=True)
    model = new_model(town("village"), WIDTH, SEED)
    trainer = Trainer(model, standard_optimizers(model), TrainingConfig(steps=STEPS))
    if (folder / STATE).exists():
        checkpoint.load_training(folder, trainer)

    def after_step(report: StepReport) -> None:
        if report.step % SAVE_EVERY == 0:
            checkpoint.save_training(folder, trainer)
        print(report.step, repr(report.loss), flush=True)

    with one_thread():
        trainer.run(row_batches(rows("village", N_DOCUMENTS), ROWS, SEED), after_step)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
