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
# Trains for 50 steps; the first process tells the losses. A setting makes model and batches.
PROGRAM = """
import json
import torch
from course_lib.llm import distributed
from course_lib.llm.training import Trainer, TrainingConfig
{setting}
torch.set_num_threads(1)
distributed.join()
trainer = Trainer(model, optimizers, TrainingConfig(steps=50))
reports = []
trainer.run(batch, reports.append)
total = torch.cat([weight.detach().flatten() for weight in model.parameters()])
mine = total.clone()
distributed.add_up([total])
if distributed.is_first():
    n = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
    print(json.dumps({{
        "losses": [report.loss for report in reports],
        "norms": [report.gradient_norm for report in reports],
        "apart": (total / n - mine).abs().max().item(),
        "n_processes": n,
    }}))
distributed.meet()
distributed.leave()
"""
UNEQUAL_ROWS = """
from course_lib.llm.batches import Batch
from course_lib.llm.loss import IGNORED
from course_lib.llm.optim import AdamW
from tests.llm.models import new_model, random_ids

def batch(step):
    ids, targets = random_ids(5, 8, seed=step % 3), random_ids(5, 8, seed=step % 3 + 10)
    for row, n in enumerate([8, 1, 5, 2, 7]):
        targets[row, n:] = IGNORED
    return Batch(ids, targets)

model = new_model()
optimizers = [AdamW(model.parameters(), lr=0.01)]
"""
# In float32 Muon makes a difference of rounding grow: after 50 steps it is about 1e-4.
TINY_IN_FLOAT64 = """
from course_lib.llm.batches import row_batches
from course_lib.llm.model import GPT
from course_lib.llm.training import standard_optimizers
from course_lib.runs.presets import PRESETS
from course_lib.runs.town import town_rows, town_tokenizer
from course_lib.tinyville.world import make_world

world = make_world("village")
tokenizer = town_tokenizer(world)
batch = row_batches(town_rows(world, tokenizer, 0, 1000), 8, 0)
torch.manual_seed(0)
model = GPT(PRESETS["tiny"].model_config(tokenizer.vocab_size)).double()
optimizers = standard_optimizers(model)
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
@pytest.mark.parametrize("setting", [UNEQUAL_ROWS, TINY_IN_FLOAT64], ids=["unequal", "tiny"])
def test_two_processes_go_the_way_of_one(tmp_path, setting):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(setting=setting))
    alone = run(str(program))
    where = ["--master-addr", "127.0.0.1", "--master-port", str(free_port())]
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "2", *where]
    together = run(*torchrun, str(program))
    assert (alone["n_processes"], together["n_processes"]) == (1, 2)
    assert together["losses"] == pytest.approx(alone["losses"], abs=1e-5)
    assert alone["losses"][-1] < alone["losses"][0] / 2, "they did learn something"
    assert together["norms"] == pytest.approx(alone["norms"], rel=1e-3)
    assert together["apart"] < 1e-7, "both copies of the model are one"


LATE = """
import time
from course_lib.llm import distributed
distributed.join()
start = time.perf_counter()
if distributed.is_first():
    time.sleep(2)
distributed.meet()
if not distributed.is_first():
    print(time.perf_counter() - start)
distributed.meet()
distributed.leave()
"""


@pytest.mark.slow
def test_who_is_early_waits_for_the_others(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(LATE)
    where = ["--master-addr", "127.0.0.1", "--master-port", str(free_port())]
    waited = run("-m", "torch.distributed.run", "--nproc-per-node", "2", *where, str(program))
    assert waited > 1.5


def test_alone_there_is_nothing_to_share(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    distributed.join()
    assert not torch.distributed.is_initialized() and distributed.is_first()
    assert distributed.count() == 1
    distributed.meet()  # nobody to wait for
    batch = Batch(random_ids(3, 4), random_ids(3, 4))
    assert distributed.share_of(batch) is batch
    tensors = [torch.ones(2)]
    distributed.add_up(tensors)
    assert tensors[0].tolist() == [1, 1]
    distributed.leave()
