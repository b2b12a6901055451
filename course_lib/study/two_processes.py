"""The same training step in one process and shared out over two, which add up their gradients.

torchrun starts `python -m course_lib.study.two_processes` twice; the first of the two prints what
it found. Alone, it is the one process to compare with.
"""

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass

from course_lib.llm import distributed
from course_lib.llm.batches import row_batches
from course_lib.llm.optim import AdamW
from course_lib.llm.training import Trainer, TrainingConfig, batch_loss
from course_lib.study.town_training import ROWS, new_model, one_thread, rows, town

STEPS, WIDTH, N_DOCUMENTS, SEED = 20, 32, 2000, 0
PATIENCE = 300  # seconds
SAID = 4000  # characters; what went wrong comes first, then what torchrun says of it


@dataclass(frozen=True)
class Shared:
    """What the first process found.

    Attributes:
        n_processes: how many took part.
        own_gradient: the gradient of one matrix at the first step, from this process's rows alone.
        gradient: the same after all processes have added theirs up.
        losses: of each step, nats a token.
    """

    n_processes: int
    own_gradient: list[list[float]]
    gradient: list[list[float]]
    losses: list[float]


def run(n_processes: int) -> Shared:
    """Train for 20 steps in so many processes.

    Raises:
        RuntimeError: if they fail, or are not done after five minutes; with what they said.
    """
    program = ["-m", "course_lib.study.two_processes"]
    torchrun = ["-m", "torch.distributed.run", f"--nproc-per-node={n_processes}"]
    torchrun += ["--master-addr=127.0.0.1", f"--master-port={_free_port()}"]
    command = [sys.executable, *(torchrun + program if n_processes > 1 else program)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # else torchrun says that it sets it
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as error:
        said = (error.stderr or b"").decode(errors="replace")  # bytes, also where text is asked for
        raise RuntimeError(
            f"{n_processes} processes were not done after {PATIENCE} s:\n{said[:SAID]}"
        ) from error
    if done.returncode != 0:
        raise RuntimeError(f"{n_processes} processes failed:\n{done.stderr[:SAID]}")
    return Shared(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Train as one of the processes; the first prints what it found."""
    distributed.join()
    batches = row_batches(rows("village", N_DOCUMENTS), ROWS, SEED)
    model = new_model(town("village"), WIDTH, SEED)
    first = batches(0)
    mine = distributed.share_of(first)
    (batch_loss(model, mine) / first.n_counted).backward()
    matrix = model.blocks[0].feed_forward.down.weight
    own = matrix.grad.clone()
    distributed.add_up([matrix.grad])
    gradient = matrix.grad.clone()
    model.zero_grad()

    losses: list[float] = []
    trainer = Trainer(model, [AdamW(model.parameters(), lr=3e-3)], TrainingConfig(steps=STEPS))
    with one_thread():
        trainer.run(batches, lambda report: losses.append(report.loss))
    if distributed.is_first():
        found = Shared(distributed.count(), own.tolist(), gradient.tolist(), losses)
        print(json.dumps(asdict(found)))
    distributed.meet()
    distributed.leave()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


if __name__ == "__main__":
    main()
