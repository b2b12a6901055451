"""A run: what is kept of it, when it goes on, and when it refuses to."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

from course_lib.llm.checkpoint import load_model
from course_lib.runs.presets import PRESETS
from course_lib.runs.run import Run
from tests.runs.mini import MINI, PLAN, STEPS, TEXT, own_plan, trained, use_mini


@pytest.fixture(autouse=True)
def mini(monkeypatch):
    use_mini(monkeypatch)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A finished run that nobody interrupted, and that no test may change."""
    with pytest.MonkeyPatch.context() as patch:
        use_mini(patch)
        return trained(tmp_path_factory.mktemp("unbroken"))


def losses(folder) -> list[list[str]]:
    lines = (folder / "losses.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",") for line in lines]


def test_a_run_keeps_a_model_and_every_loss(unbroken):
    model, tokenizer = load_model(unbroken.folder)
    for kept, weight in zip(model.parameters(), unbroken.model.parameters(), strict=True):
        torch.testing.assert_close(kept, weight, rtol=0, atol=0)
    assert tokenizer.vocab == unbroken.subject.tokenizer.vocab
    head, *rows = losses(unbroken.folder)
    assert head == ["step", "loss", "held_out"]
    assert [int(step) for step, _, _ in rows] == [*range(1, STEPS + 1)]
    assert [int(step) for step, _, held_out in rows if held_out] == [3, 6, 9, 12, 14]
    assert all(float(loss) == pytest.approx(6, abs=0.5) for _, loss, _ in rows[:2])
    assert not list(unbroken.folder.glob("*.unfinished"))


def test_the_loss_falls(unbroken):
    assert unbroken.measured[-1].held_out < unbroken.measured[2].held_out - 0.5
    assert unbroken.measured[-1].held_out > unbroken.subject.floor


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_run_that_broke_off_ends_as_an_unbroken_one(step, tmp_path, unbroken):
    def break_off(measured):
        if measured.step == step:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        trained(tmp_path, on_step=break_off)
    resumed = trained(tmp_path)
    assert resumed.resumed_from == (step - 1) // 4 * 4
    for mine, his in zip(resumed.measured, unbroken.measured, strict=True):
        assert mine.step == his.step
        assert mine.loss == pytest.approx(his.loss, abs=1e-6)
        assert mine.held_out == pytest.approx(his.held_out, abs=1e-6)
    assert losses(tmp_path) == losses(unbroken.folder)


def test_what_is_saved_between_two_steps_is_where_it_goes_on(tmp_path, unbroken):
    def stop(measured):
        if measured.step == 6:
            raise InterruptedError

    stopped = Run(tmp_path, PLAN)
    with pytest.raises(InterruptedError):
        stopped.train(stop)
    stopped.save()
    resumed = trained(tmp_path)
    assert resumed.resumed_from == 6
    assert losses(tmp_path) == losses(unbroken.folder)


def test_a_finished_run_does_not_train_again(unbroken):
    again = Run(unbroken.folder, PLAN)
    again.train(lambda measured: pytest.fail("it is done"))
    assert again.resumed_from == again.trainer.step == STEPS
    assert [m.step for m in again.measured] == [*range(1, STEPS + 1)]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"seed": 1}, "seed 0, not 1"),
        ({"steps": 20}, "steps 14, not 20"),
        ({"preset": "other"}, "preset 'mini', not 'other'"),
    ],
)
def test_another_plan_in_the_same_folder_is_refused(unbroken, monkeypatch, changes, what):
    monkeypatch.setitem(PRESETS, "other", MINI)
    with pytest.raises(ValueError) as refused:
        Run(unbroken.folder, replace(PLAN, **changes))
    assert f"holds a run with {what}: go on with that one" in str(refused.value)
    assert "--fresh" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"d_model": 32}, "d_model 16, not 32"),
        ({"matrix_lr": 0.5}, "matrix_lr 0.02, not 0.5"),
        ({"training": replace(MINI.training, warmup=1)}, "warmup 3, not 1"),
    ],
)
def test_other_settings_under_the_same_name_are_refused(unbroken, monkeypatch, changes, what):
    monkeypatch.setitem(PRESETS, "mini", replace(MINI, **changes))
    with pytest.raises(ValueError, match=f"holds a run with {what}"):
        Run(unbroken.folder, PLAN)


def test_a_text_is_known_by_its_content(tmp_path, unbroken):
    plan = own_plan(tmp_path)
    trained(tmp_path / "run", plan)
    moved = own_plan(tmp_path, name="moved.txt")
    assert Run(tmp_path / "run", moved).resumed_from == STEPS
    with pytest.raises(ValueError, match="holds a run of another text .*own.txt, as it was when"):
        Run(tmp_path / "run", own_plan(tmp_path, TEXT.replace("cats", "cows")))
    with pytest.raises(ValueError, match="holds a run of another text .*own.txt"):
        Run(tmp_path / "run", PLAN)
    with pytest.raises(ValueError, match="holds a run of another text .Tinyville"):
        Run(unbroken.folder, plan)


def test_fresh_begins_anew_with_any_plan(tmp_path, unbroken):
    trained(tmp_path, replace(PLAN, seed=5))
    assert losses(tmp_path) != losses(unbroken.folder)
    assert trained(tmp_path, fresh=True).resumed_from == 0
    assert losses(tmp_path) == losses(unbroken.folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *[("run.json", content) for content in (b"", b"broken", b"[1]", b"\xff")],
        *[("training.safetensors", content) for content in (b"", b"broken", b"\xff")],
        *[("losses.csv", content) for content in (b"", b"a\n1,2\n", b"a,b,c\n1,2,x\n", b"\xff")],
        ("losses.csv", b"step,loss,held_out\n1,6.1,\n1,6.1,\n"),
    ],
)
def test_a_broken_file_is_named(tmp_path, unbroken, name, content):
    shutil.copytree(unbroken.folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=name):
        Run(tmp_path, PLAN)


def test_files_that_no_run_wrote_stay(tmp_path):
    (tmp_path / "config.json").write_text("of another program")
    for fresh in (False, True):
        with pytest.raises(ValueError, match="holds config.json, which no run has written"):
            Run(tmp_path, PLAN, fresh)
    assert (tmp_path / "config.json").read_text() == "of another program"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(ValueError, match=f"{folder} is not a folder"):
            Run(folder, PLAN)


def test_what_is_trained_stands_in_words(unbroken):
    said = json.loads((unbroken.folder / "run.json").read_text(encoding="utf-8"))
    assert said["preset"] == "mini" and said["world"] == "village" and said["d_model"] == 16
    assert (said["steps"], said["seed"], said["text"]) == (STEPS, 0, None)
