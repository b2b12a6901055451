"""One training step in one process and in two: the same sum, from two halves."""

import subprocess
import sys

import pytest
import torch

from course_lib.study import two_processes


@pytest.mark.slow
def test_two_processes_find_what_one_does():
    one, two = (two_processes.run(n) for n in (1, 2))
    assert (one.n_processes, two.n_processes) == (1, 2)
    assert one.own_gradient == one.gradient
    alone, own, together = map(torch.tensor, (one.gradient, two.own_gradient, two.gradient))
    assert alone.shape == (32, 128) and alone.abs().max() > 1e-3
    assert (together - alone).abs().max() < 1e-5
    assert (own - together).abs().max() > 1e-3
    assert len(one.losses) == len(two.losses) == two_processes.STEPS
    assert two.losses == pytest.approx(one.losses, abs=1e-5)
    assert one.losses[-1] < one.losses[0] - 0.3, "they did learn something"


def test_what_a_process_said_before_it_failed_is_told(monkeypatch):
    done = subprocess.CompletedProcess([], 1, "", "Traceback: out of memory")
    monkeypatch.setattr(two_processes.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(RuntimeError, match="2 processes failed:\nTraceback: out of memory"):
        two_processes.run(2)


def test_processes_that_are_never_done_are_told(monkeypatch):
    program = "import sys, time; print('waiting', file=sys.stderr, flush=True); time.sleep(60)"
    run = subprocess.run

    def wait(_command, **how):
        return run([sys.executable, "-c", program], **how)

    monkeypatch.setattr(two_processes, "PATIENCE", 2)
    monkeypatch.setattr(two_processes.subprocess, "run", wait)
    with pytest.raises(RuntimeError, match="2 processes were not done after 2 s:\nwaiting"):
        two_processes.run(2)
