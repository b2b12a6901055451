"""Watch over one submission's processes, and end them all when it is over or uses too much."""

import contextlib
import os
import select
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

MOST_FILES = 20_000  # also in a folder that lies in memory
TICK = os.sysconf("SC_CLK_TCK")
START_MB = 1024  # what the family takes before the learner's code runs, counted generously
LEAST_FREE = 0.05  # of the computer's memory


@dataclass(frozen=True)
class Use:
    """What a family of processes uses at a moment: bytes of memory, how many, CPU seconds."""

    memory: int
    processes: int
    seconds: float


def watch(first: int, status: int, limits: dict, work: Path | None) -> tuple[str, int]:
    """Wait until process `first` ends or the family goes past a limit; then none of it is left.

    Args:
        first: a child of this process; the rest of the family descends from it.
        status: file descriptor whose other end the grader closes when it wants an early end.
        limits: "wall_seconds", "memory_mb", "processes", "folder_mb".
        work: the family's folder, to be watched and emptied; None where it goes by itself.

    Returns:
        ("" where it ended by itself, else "time", "memory", "processes", "disk", "stopped", or
        "shortage" where the computer's memory ran out for no fault of this family; the exit code of
        `first`, negative for a signal).
    """
    end = time.monotonic() + limits["wall_seconds"]
    listener = select.poll()
    listener.register(status, 0)  # reports only that the other end is closed
    pause, reason = 0.002, ""
    while not reason and not _has_ended(first):
        if listener.poll(pause * 1000):
            reason = "stopped"
        else:
            reason = _too_much(family(os.getpid()), limits, end)
        if work is not None and _is_full(work, limits["folder_mb"] << 20):
            reason = reason or "disk"
        pause = min(pause * 1.5, 0.1)
    code = _end_all(first)
    if work is not None:
        _empty(work)
    return reason, code


def _is_full(folder: Path, most: int) -> bool:
    """Return whether a folder holds more bytes or more files than it may, as far as one sees."""
    size, count = 0, 0
    for place, _, names in os.walk(folder):
        count += len(names)
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_blocks * 512
    return size > most or count > MOST_FILES


def _empty(folder: Path) -> None:
    """Leave nothing of a submission for the next one.

    Raises:
        OSError: if something cannot be removed.
    """
    for place, _, _ in os.walk(folder, onerror=_open_up):
        if os.lstat(place).st_uid == os.geteuid():  # else nobody here could close it, either
            os.chmod(place, 0o700)
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _open_up(error: OSError) -> None:
    """Let a folder that its owner had closed be emptied."""
    os.chmod(error.filename, 0o700)
    for place, _, _ in os.walk(error.filename, onerror=_open_up):
        os.chmod(place, 0o700)


def family(root: int) -> dict[int, list[str]]:
    """Return the descendants of a process as {pid: the fields of /proc/PID/stat after the name}."""
    parents, stats = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            stats[int(name)] = fields
            parents.setdefault(int(fields[1]), []).append(int(name))
    found, waiting = {}, [root]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found[child] = stats[child]
            waiting.append(child)
    return found


def use_of(stats: dict[int, list[str]]) -> Use:
    """Add up what processes use."""
    memory, threads, ticks = 0, 0, 0
    for pid, fields in stats.items():
        try:
            memory += _own_memory(pid)
        except (OSError, ValueError):
            continue
        threads += int(fields[17])
        ticks += int(fields[11]) + int(fields[12])
    return Use(memory, threads, ticks / TICK)


def _own_memory(pid: int) -> int:
    """Return the bytes of memory of a process that no file on the disk could give back."""
    with open(f"/proc/{pid}/status") as file:
        lines = [line.split() for line in file]
    return sum(int(words[1]) << 10 for words in lines if words[0] in ("RssAnon:", "RssShmem:"))


def _too_much(stats: dict[int, list[str]], limits: dict, end: float) -> str:
    if time.monotonic() > end:
        return "time"
    use, most = use_of(stats), (limits["memory_mb"] + START_MB) << 20
    if use.memory > most and _shared_fairly(stats) > most:
        return "memory"
    if _memory_is_short():
        return "memory" if 2 * use.memory > most else "shortage"
    if use.processes > limits["processes"]:
        return "processes"
    return ""


def _shared_fairly(stats: dict[int, list[str]]) -> int:
    """Return the bytes of memory of processes, with what several share counted once.

    Slower than `use_of`, which counts what a process took over from its parent for both.
    """
    total = 0
    for pid in stats:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:
            lines = [line.split() for line in file]
            total += sum(
                int(words[1]) << 10 for words in lines if words[0] in ("Pss_Anon:", "Pss_Shmem:")
            )
    return total


def _memory_is_short() -> bool:
    """Return whether the computer runs out of memory, by whatever nobody counts."""
    facts = {}
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            name, _, rest = line.partition(":")
            facts[name] = int(rest.split()[0])
    return facts["MemAvailable"] < LEAST_FREE * facts["MemTotal"]


def _has_ended(child: int) -> bool:
    """Return whether a child has ended; it stays as it is, so that its number stays taken."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_all(first: int) -> int:
    """Kill the family until nobody of it is left; return the exit code of its first process."""
    code = 0
    os.kill(first, signal.SIGKILL)
    while True:
        for pid in family(os.getpid()):
            with contextlib.suppress(OSError):  # it has just ended
                os.kill(pid, signal.SIGKILL)
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == first:
                    code = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:
            return code
        time.sleep(0.002)
