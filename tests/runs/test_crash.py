"""A crash at the worst moments: whatever stands in the folder then, the run goes on.

A save is six files, each renamed into its place. A crash is tried before each rename and before
each removal of a file, and `kill -9` at random moments.
"""

import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from course_lib.llm.sampling import GREEDY
from course_lib.runs.run import FILES, Run
from course_lib.runs.talk import load_trained
from tests.runs.mini import TEXT, own_plan, trained, use_mini

ROOT = Path(__file__).resolve().parents[2]
N_FILES = 6  # that a save writes


class Crash(BaseException):
    """Nobody cleans up after it."""


@pytest.fixture(autouse=True, scope="module")
def mini():
    with pytest.MonkeyPatch.context() as patch:
        use_mini(patch)
        yield


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A folder with a finished run of a text, and one of another text."""
    folder = tmp_path_factory.mktemp("texts")
    trained(folder / "one", own_plan(folder, TEXT, "one.txt"))
    trained(folder / "other", own_plan(folder, TEXT.replace("cats", "tacs"), "other.txt"))
    return folder


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return content(trained(tmp_path_factory.mktemp("unbroken")).folder)


def crash_before(patch, number: int) -> None:
    """Crash before the change `number`, from 0, of what stands in a folder."""
    numbers = count()

    def crashing(change):
        def changed(*args, **kwargs):
            if not kwargs and next(numbers) == number:
                raise Crash
            return change(*args, **kwargs)

        return changed

    patch.setattr(os, "replace", crashing(os.replace))
    patch.setattr(Path, "unlink", crashing(Path.unlink))


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


def speaks(folder: Path) -> bool:
    """Return whether a model in `folder` goes on with a text, or is refused by name."""
    try:
        speaker = load_trained(folder)
    except ValueError as error:
        assert str(folder) in str(error) and "\n" not in str(error)
        return False
    return all(speaker.go_on("anna", settings=GREEDY, max_new_tokens=2))


@pytest.mark.parametrize("number", range(2 * N_FILES))
def test_a_crash_during_a_save(number, tmp_path, monkeypatch, unbroken):
    with monkeypatch.context() as patch:
        crash_before(patch, number)
        with pytest.raises(Crash):
            trained(tmp_path / "run")
    assert speaks(tmp_path / "run") == (number >= N_FILES - 1), "from the first whole model on"
    assert trained(tmp_path / "run").resumed_from == number // N_FILES * 4
    assert content(tmp_path / "run") == unbroken


@pytest.mark.parametrize("number", range(2 * N_FILES))
def test_a_crash_while_a_fresh_run_takes_the_place_of_another(number, tmp_path, monkeypatch, texts):
    """First six files are removed, then six are saved; both runs' tokenizers are as large."""
    folder, plan = tmp_path / "run", own_plan(tmp_path, TEXT, "one.txt")
    shutil.copytree(texts / "other", folder)
    with monkeypatch.context() as patch:
        crash_before(patch, number)
        with pytest.raises(Crash):
            trained(folder, plan, fresh=True)
    found, old, new = content(folder), content(texts / "other"), content(texts / "one")
    assert old["tokenizer.json"] != new["tokenizer.json"]
    assert speaks(folder) == (number in (0, 1, 2 * N_FILES - 1))
    if number in (0, 1):
        assert found["model.safetensors"] == old["model.safetensors"]
        assert found["tokenizer.json"] == old["tokenizer.json"]
    if number == 0:
        assert found == old
        with pytest.raises(ValueError, match="another text"):
            Run(folder, plan)
        return
    assert trained(folder, plan).resumed_from == 0
    assert content(folder) | {"run.json": new["run.json"]} == new, "all but the path of the text"


KILLING = """
import os, random, signal, sys, time
from pathlib import Path
import pytest, torch
from tests.runs import mini
from course_lib.runs import run
from course_lib.runs.talk import load_trained

torch.set_num_threads(1)  # threads of the parent would not be there in a forked child
folder = Path(sys.argv[1])
mini.use_mini(pytest.MonkeyPatch())
run.SAVE_EVERY = 1
mini.trained(folder.with_name("unbroken"))  # the children begin with all that this has loaded
for number in range(300):
    child = os.fork()
    if child == 0:
        mini.trained(folder)
        os._exit(0)
    time.sleep(random.uniform(0, 0.05 + 0.005 * number))
    os.kill(child, signal.SIGKILL)
    if os.waitpid(child, 0)[1] == 0:
        break
    if (folder / "model.safetensors").exists():
        load_trained(folder)
    print(*sorted(path.name for path in folder.glob("*")))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this computer has no kill -9")
def test_killed_again_and_again_it_ends_as_an_unbroken_run(tmp_path):
    words = [sys.executable, "-c", KILLING, str(tmp_path / "run")]
    killed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert killed.returncode == 0, killed.stderr
    assert killed.stdout.count("\n") >= 2, "it was hardly ever killed"
    assert content(tmp_path / "run") == content(tmp_path / "unbroken")
    assert not list((tmp_path / "run").glob("*.unfinished"))
