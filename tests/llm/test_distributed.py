"""Two processes that share a batch go the way of one."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from course_lib.llm import distributed
from course_lib.llm.batches import Batch
from tests.llm.models import random_ids

ROOT = Path(__file__).resolve().parents[2]
# Trains for 50 steps on rows with unequal numbers of targets; the first process tells the losses.
PROGRAM = """
import json
import torch
from course_lib.llm import distributed
from course_lib.llm.batches import Batch
from course_lib.llm.loss import IGNORED
from course_lib.llm.optim import AdamW
from course_lib.llm.training import Trainer, TrainingConfig
from tests.llm.models import new_model, random_ids

def batch(step):
    ids, targets = random_ids(5, 8, seed=step % 3), random_ids(5, 8, seed=step % 3 + 10)
    for row, n in enumerate([8, 1, 5, 2, 7]):
        targets[row, n:] = IGNORED
    return Batch(ids, targets)

torch.set_num_threads(1)
distributed.join()
model = new_model()
trainer = Trainer(model, [AdamW(model.parameters(), lr=0.01)], TrainingConfig(steps=50))
reports = []
trainer.run(batch, reports.append)
total = torch.cat([weight.detach().flatten() for weight in model.parameters()])
mine = total.clone()
distributed.add_up([total])
if distributed.is_first():
    n = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
    print(json.dumps({
        "losses": [report.loss for report in reports],
        "norms": [report.gradient_norm for report in reports],
        "weights": mine.tolist(),
        "apart": (total / n - mine).abs().max().item(),
        "n_processes": n,
    }))
distributed.leave()
"""


def run(*words: str) -> dict:
    command, environment = [sys.executable, *words], os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.mark.slow
def test_two_processes_go_the_way_of_one(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    alone = run(str(program))
    where = ["--master-addr", "127.0.0.1", "--master-port", str(free_port())]
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "2", *where]
    together = run(*torchrun, str(program))
    assert (alone["n_processes"], together["n_processes"]) == (1, 2)
    assert together["losses"] == pytest.approx(alone["losses"], abs=1e-5)
    assert alone["losses"][-1] < alone["losses"][0] / 2, "they did learn something"
    assert together["norms"] == pytest.approx(alone["norms"], rel=1e-3)
    assert together["apart"] < 1e-7, "both copies of the model are one"


def test_alone_there_is_nothing_to_share(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    distributed.join()
    assert not torch.distributed.is_initialized() and distributed.is_first()
    batch = Batch(random_ids(3, 4), random_ids(3, 4))
    assert distributed.share_of(batch) is batch
    tensors = [torch.ones(2)]
    distributed.add_up(tensors)
    assert tensors[0].tolist() == [1, 1]
    distributed.leave()
