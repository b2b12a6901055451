"""Each cap is really hit: the code that goes past it is stopped, and the next code runs well."""

import contextlib
import subprocess

import psutil
import pytest

from course_lib.classroom.sandbox import container

pytestmark = pytest.mark.slow

TOUCH = "def touch(megabytes):\n    return bytearray(b'x') * (megabytes << 20)\n"


@pytest.fixture(autouse=True)
def the_next_one_runs_well(inside):
    yield
    assert inside.told("1 + 1") == "2"


def test_memory_of_one_process(inside):
    assert inside.told("len(touch(100)) >> 20", TOUCH) == "100"
    assert inside.told("len(touch(600))", TOUCH) == "MemoryError()"


def test_memory_of_all_together(inside):
    run = inside.run(
        TOUCH + "import os, time\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        kept = touch(300)\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    )
    assert run.ended == "memory"


def test_processor_time_even_if_every_interrupt_is_swallowed(inside):
    run = inside.run(
        "import signal\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "for number in (signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM, signal.SIGINT):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True:\n"
        "    try:\n"
        "        while True: pass\n"
        "    except BaseException: pass"
    )
    assert run.ended == "time"
    limits = inside.sandbox.limits
    assert run.cpu_seconds < limits.cpu_seconds + 1.5 < limits.wall_seconds


def test_time_by_the_clock(inside):
    run = inside.run("import signal, time\nsignal.setitimer(0, 0)\nwhile True: time.sleep(100)")
    assert run.ended == "time"


def test_processes(inside):
    count = (
        "import os, time\n"
        "def forks():\n"
        "    for n in range(300):\n"
        "        try:\n"
        "            child = os.fork()\n"
        "        except OSError:\n"
        "            return n\n"
        "        if child == 0:\n"
        "            time.sleep(30)\n"
        "            os._exit(0)\n"
        "    return n\n"
    )
    run = inside.run(count + "raise RuntimeError(forks())")
    assert run.ended in ("processes", "memory") or int(run.errors["0"].split()[-1]) < 30


def test_threads(inside):
    start = (
        "import threading, time\n"
        "def start():\n"
        "    for n in range(300):\n"
        "        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n"
        "    return n\n"
    )
    run = inside.run(start + "raise RuntimeError(f'all {start()}')")
    assert run.ended == "processes" or "can't start new thread" in run.errors["0"]


def test_size_of_a_file(inside):
    assert "File too large" in inside.told("open('x', 'wb').write(b'x' * (6 << 20))")


def test_size_of_the_folder(inside):
    fill = (
        "def fill():\n"
        "    for n in range(40):\n"
        "        with open(f'file{n}', 'wb') as file: file.write(b'x' * (1 << 20))\n"
    )
    run = inside.run(fill + "import time\nfill()\ntime.sleep(5)")
    assert run.ended == "disk" or "No space left" in run.errors["0"]


def test_number_of_files(inside):
    run = inside.run(
        "import time\nfor n in range(30_000): open(f'f{n}', 'w').close()\ntime.sleep(5)"
    )
    assert run.ended == "disk" or "No space left" in run.errors["0"]


def test_open_files(inside):
    keep = "def keep():\n    return [open('/dev/null') for _ in range(1000)]\n"
    assert "Too many open files" in inside.told("keep()", keep)


def test_output(inside):
    run = inside.run(
        "import os\n"
        "for fd in range(3, 100):\n"
        "    try:\n"
        "        while True: os.write(fd, b'x' * 65536)\n"
        "    except OSError: pass"
    )
    assert run.ended == "output"


def test_nobody_outlives_the_run(inside):
    run = inside.run(
        "import os, signal, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        "            signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "            open('/dev/null')\n"
        "            time.sleep(1000)\n"
        "        os._exit(0)"
    )
    assert run.ended == ""
    if inside.level.fresh:
        every = [inside.level.name, "ps", "--all", "--format", "{{.Names}}"]
        left = subprocess.run(every, check=True, capture_output=True, text=True).stdout
        assert container.name_of(inside.sandbox._policy) not in left
        return
    server = psutil.Process(inside.sandbox._process.pid)
    names = []
    for one in [server, *server.children(recursive=True)]:
        with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):  # it has ended
            names.append(" ".join(one.cmdline()))
    assert len([name for name in names if "inside.server" in name]) <= 3, names  # bwrap twice
