"""`course train` on the screen: what it says, and how it stops."""

import csv
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib.errors import CourseError
from course_lib.llm.training import Trainer
from course_lib.runs.run import Plan, Run
from course_lib.terminal import train as screen
from tests.runs.mini import MINI, PLAN, STEPS, TEXT, own_plan, use_mini

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def mini(monkeypatch):
    use_mini(monkeypatch)
    few = {name: lambda world, make=make: make(world)[:2] for name, make in screen.PROBES.items()}
    monkeypatch.setattr(screen, "PROBES", few)


@pytest.fixture
def train(capsys):
    """Return a function that trains as `course train` does, and returns what it prints."""

    def run(folder: Path, plan=PLAN, sample_every: int = 100, fresh: bool = False) -> str:
        screen.train(folder, plan, sample_every, fresh)
        return capsys.readouterr().out

    return run


def test_it_says_what_it_does_and_what_it_is_worth(train, tmp_path):
    said = train(tmp_path, sample_every=5)
    run = Run(tmp_path, PLAN)
    last = run.measured[-1].held_out
    assert "parameters and 461 tokens learns Tinyville's village." in said
    assert "step 5 writes: " in said and "step 10 writes: " in said and "step 11 " not in said
    assert f"has not seen: loss {last:.3f} = {last / run.subject.floor:.3f} x floor." in said
    assert "It answers right: facts 0%, capitals " in said
    assert f"Talk to it: course chat {tmp_path}" in said
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_it_takes_as_many_cores_as_the_preset_says_and_no_more_than_torch_may(
    train, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr(screen.torch, "set_num_threads", asked.append)
    for allowed in (4, 1):
        monkeypatch.setattr(screen.torch, "get_num_threads", lambda allowed=allowed: allowed)
        monkeypatch.setitem(screen.PRESETS, "mini", replace(MINI, n_threads=2))
        train(tmp_path)
    assert asked == [2, 1]


def test_brackets_of_a_text_are_no_markup(train, tmp_path, monkeypatch):
    monkeypatch.setattr(screen, "sample", lambda run: "[/b] [red]x :cat:")
    said = train(tmp_path / "run", own_plan(tmp_path, name="[bold]my[b] text.txt"))
    assert "[bold]my[b] text.txt" in said and "It writes: [/b] [red]x :cat:" in said
    assert "x floor" not in said and "answers right" not in said and "nats a token." in said


def test_a_finished_run_says_so_and_does_not_train(train, tmp_path, monkeypatch):
    train(tmp_path)
    monkeypatch.setattr(Trainer, "take_step", lambda *given: pytest.fail("it is done"))
    said = train(tmp_path)
    assert "It is trained: all 14 steps are done." in said and "Talk to it" in said
    assert "14/14" not in said, "no bar"


def test_another_plan_is_one_line(train, tmp_path):
    train(tmp_path)
    with pytest.raises(CourseError, match="holds a run with seed 0, not 3: .*--fresh"):
        train(tmp_path, Plan("mini", None, seed=3, steps=STEPS))
    assert "Going on" not in train(tmp_path, Plan("mini", None, seed=3, steps=STEPS), fresh=True)


def press(times: int, monkeypatch, step: int) -> None:
    """Let Ctrl-C be pressed in the middle of a step, before its weights are updated."""
    backward = Trainer.backward

    def pressed(trainer, batch):
        loss = backward(trainer, batch)
        for _ in range(times if trainer.step == step - 1 else 0):
            signal.raise_signal(signal.SIGINT)
        return loss

    monkeypatch.setattr(Trainer, "backward", pressed)


@pytest.mark.parametrize(
    ("times", "said", "next_step"),
    [(1, "Stopped after step 6; the same command", 6), (2, "Stopped at once; the same", 4)],
)
def test_ctrl_c_spoils_nothing(train, tmp_path, monkeypatch, times, said, next_step):
    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch, pytest.raises(CourseError, match=said):
        press(times, patch, step=6)
        train(tmp_path / "run")
    assert signal.getsignal(signal.SIGINT) is handler
    assert f"Going on after step {next_step} of 14." in train(tmp_path / "run")
    train(tmp_path / "unbroken")
    losses = [(tmp_path / name / "losses.csv").read_bytes() for name in ("run", "unbroken")]
    assert losses[0] == losses[1]


def test_training_that_diverges_is_one_line(train, tmp_path, monkeypatch):
    monkeypatch.setattr(Trainer, "backward", lambda trainer, batch: float("nan"))
    with pytest.raises(CourseError, match="the loss is nan at step 0"):
        train(tmp_path)


def test_a_sample_leaves_the_model_in_training(tmp_path):
    run = Run(tmp_path / "run", own_plan(tmp_path))
    run.model.train()
    assert isinstance(screen.sample(run), str)
    assert run.model.training


def words(*changes, what="mini", like=None, steps=None, seed=0) -> Plan:
    return screen.plan_for(what, like, steps, seed)


def test_words_make_a_plan(tmp_path):
    text = tmp_path / "own.txt"
    text.touch()
    assert words() == PLAN
    assert words(steps=7, seed=5) == Plan("mini", None, 5, 7)
    assert words(what=str(text), like="mini") == Plan("mini", str(text), 0, STEPS)
    assert words(what=str(text)).preset == "tiny"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"what": "nothing.txt"}, "nothing.txt is neither a preset (tiny, small, base, mini) nor"),
        ({"what": str(ROOT)}, f"{ROOT} is neither a preset"),
        (
            {"what": __file__, "like": "huge"},
            "--like takes one of tiny, small, base, mini, not hug",
        ),
        ({"like": "tiny"}, "--like is for a text of your own"),
        ({"seed": -1}, "--seed takes a number from 0 to 999,999."),
        ({"seed": 1_000_000}, "--seed takes a number from 0 to 999,999."),
    ],
)
def test_wrong_words_are_one_line(wrong, said):
    with pytest.raises(CourseError) as refused:
        words(**wrong)
    assert str(refused.value).startswith(said) and "\n" not in str(refused.value)


@pytest.mark.slow
def test_two_processes_train_what_one_does(tmp_path):
    """Only the first process prints and saves.

    Sums in another order are rounded otherwise, and training doubles such a difference every few
    steps. One process that cuts each batch in two parts also leaves 1e-5 before step 50.
    """
    (tmp_path / "own.txt").write_text(TEXT * 5, encoding="utf-8")
    torchrun = ["torch.distributed.run", "--nproc-per-node", "2", "-m", "course_lib.cli"]
    losses = []
    for name, start in [("one", ["course_lib.cli"]), ("two", torchrun)]:
        words = ["train", str(tmp_path / "own.txt"), "--steps", "40", "--sample-every", "20"]
        done = subprocess.run(
            [sys.executable, "-m", *start, *words, "--folder", str(tmp_path / name)],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        for said in ("tokens learns", "step 20 writes", "Talk to it"):
            assert done.stdout.count(said) == 1, done.stdout
        rows = list(csv.reader((tmp_path / name / "losses.csv").read_text().splitlines()))[1:]
        losses.append([float(loss) for _, loss, _ in rows])
    one, two = losses
    assert len(one) == len(two) == 40
    assert two[:30] == pytest.approx(one[:30], rel=1e-5)
    assert two == pytest.approx(one, rel=1e-3)
