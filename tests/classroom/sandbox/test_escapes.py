"""Ways out are really tried, and each fails."""

import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from course_lib.classroom.sandbox.levels import CONTAINERS, LANDLOCK
from tests.classroom.notebooks import ROOT

pytestmark = pytest.mark.slow
LOST = ("PermissionError", "FileNotFoundError", "OSError", "ProcessLookupError")


def test_it_knows_itself(inside):
    """The measure works: what is allowed is told, so an error below means something."""
    assert inside.told("open('x', 'w').write('y')") == "1"
    assert inside.told("__import__('torch').ones(2).sum().item()") == "2.0"


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "solutions" / "01_tokenization" / "01_tokenization.ipynb",
        ROOT / "lessons" / "01_tokenization.py",
        ROOT / "tests" / "answers" / "tokenization" / "encode.py",
        ROOT / "course_lib" / "exercises" / "tokenization" / "library.py",
        ROOT / "course_lib" / "exercises" / "tokenization" / "checks.py",
        ROOT / "course_lib" / "classroom" / "judge.py",
        "/etc/shadow",
        "/etc/passwd",
        "/proc/kcore",
        "/var/log",
        "/sys/kernel",
    ],
    ids=str,
)
def test_it_cannot_be_read(inside, path):
    if path == "/etc/passwd" and inside.level in CONTAINERS:  # there it is the image's own
        assert inside.told(f"open({path!r}).read()") != repr(Path(path).read_text())
        return
    call = "listdir" if os.path.isdir(path) else "open"
    told = inside.told(
        f"__import__('os').{call}({str(path)!r}, *{[] if call == 'listdir' else [0]})"
    )
    assert told.startswith(LOST), told


@pytest.mark.parametrize("fact", ["environ", "cmdline", "maps"])
def test_the_first_process_is_not_the_computers(inside, fact):
    """Where /proc can be seen at all, its first process is the first of the submission's own."""
    told = inside.told(f"open('/proc/1/{fact}').read()")
    rest = told.replace(sys.prefix, "").replace(sys.base_prefix, "")
    own = inside.level is not LANDLOCK and os.path.expanduser("~") + "/" not in rest
    assert told.startswith(LOST) or own, told


def test_a_file_in_my_home_cannot_be_read(inside):
    canary = os.path.expanduser("~/.course-canary")
    with open(canary, "w") as file:
        file.write("secret")
    try:
        assert inside.told(f"open({canary!r}).read()").startswith(LOST)
    finally:
        os.remove(canary)


@pytest.mark.parametrize("folder", ["/", "/tmp", "/dev/shm", "/usr/lib", "/var/tmp", str(ROOT)])
def test_it_cannot_be_written(inside, folder):
    told = inside.told(f"open({folder!r} + '/left-behind', 'w')")
    assert told.startswith(LOST), told
    assert not os.path.exists(os.path.join(folder, "left-behind"))


def test_packages_cannot_be_changed(inside):
    path = "__import__('torch').__file__"
    assert inside.told(f"open({path}, 'a')").startswith(LOST)


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_there_is_no_network(inside, kind):
    with socket.socket(socket.AF_INET, getattr(socket, kind)) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.5)
        if kind == "SOCK_STREAM":
            listener.listen()
        port = listener.getsockname()[1]
        send = (
            "import socket\n"
            "def send():\n"
            f"    s = socket.socket(socket.AF_INET, socket.{kind})\n"
            f"    s.connect(('127.0.0.1', {port}))\n"
            "    return s.send(b'hello')\n"
        )
        assert inside.told("send()", send).startswith(LOST)
        with pytest.raises(TimeoutError):
            listener.accept() if kind == "SOCK_STREAM" else listener.recv(10)


def test_there_is_no_abstract_socket_to_the_outside(inside):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0course-test-listener")
        listener.listen()
        connect = (
            "import socket\n"
            "def connect():\n"
            "    s = socket.socket(socket.AF_UNIX)\n"
            "    s.connect('\\0course-test-listener')\n"
        )
        told = inside.told("connect()", connect)
        assert told.startswith((*LOST, "ConnectionRefusedError")), told


def test_there_is_no_socket_with_a_name_to_the_outside(inside):
    """Such as those of a user's services and agents, which do what they are told."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        os.chmod(folder, 0o777)
        path = os.path.join(folder, "control")
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        listener.settimeout(0.5)
        connect = (
            "import socket\n"
            "def connect():\n"
            "    s = socket.socket(socket.AF_UNIX)\n"
            f"    s.connect({path!r})\n"
        )
        told = inside.told("connect()", connect)
        assert told.startswith(LOST), told
        with pytest.raises(TimeoutError):
            listener.accept()


def test_what_is_at_work_cannot_be_taken_by_its_name(inside):
    look = (
        "import sys, course_lib\n"
        "def names():\n"
        "    parts = [p for p in ('classroom', 'exercises') if hasattr(course_lib, p)]\n"
        "    return parts + [m for m in sys.modules if 'classroom' in m]\n"
    )
    assert inside.told("names()", look) == "[]"


def test_processes_outside_get_no_signals(inside):
    server = inside.sandbox._process  # none is left where each submission has its own
    for target in (os.getpid(), *([server.pid] if server else [])):
        told = inside.told(f"__import__('os').kill({target}, 0)")
        assert told.startswith(LOST), told


def test_processes_outside_are_not_seen(inside):
    told = inside.told("__import__('os').listdir('/proc')")
    numbers = [word for word in told.strip("[]").replace("'", "").split(", ") if word.isdigit()]
    assert told.startswith(LOST) or len(numbers) <= 4, told


@pytest.mark.parametrize(
    "call",
    [
        "libc.unshare(0x10000000)",
        "libc.unshare(0x20000)",
        "libc.mount(b'x', work, b'tmpfs', 0, None)",
        "libc.chroot(work)",
        "libc.ptrace(16, 1, 0, 0)",
        "libc.memfd_create(b'x', 0)",
        "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) if machine == 'x86_64' else -1",
        "libc.setuid(1)",
        "libc.shmget(0, 1 << 20, 0o1666)",
        "libc.sethostname(b'x', 1)",
    ],
)
def test_these_calls_are_refused(inside, call):
    before = (
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "work, machine = os.getcwd().encode(), os.uname().machine\n"
    )
    assert inside.told(call, before) == "-1"


def test_no_module_comes_from_the_folder_that_it_can_write_to(inside):
    """Its text would not be among the cells, where grading looks for what is forbidden."""
    told = inside.told("__import__('helper').x", "open('helper.py', 'w').write('x = 1')\n")
    assert told.startswith("ModuleNotFoundError"), told


def test_programs_get_no_privileges(inside):
    told = inside.told("__import__('subprocess').run(['su', '-c', 'id'], capture_output=True)")
    assert "uid=0" not in told


def test_what_one_leaves_the_next_does_not_find(inside):
    leave = (
        "import os\n"
        "for name in ('sitecustomize.py', 'torch.py', '.ipython/profile_default/startup/x.py'):\n"
        "    os.makedirs(os.path.dirname(name) or '.', exist_ok=True)\n"
        "    open(name, 'w').write('raise SystemExit')\n"
        "os.makedirs('closed/inside')\n"
        "os.chmod('closed', 0)\n"
    )
    assert inside.run(leave).errors == {}
    names = {"sitecustomize.py", "torch.py", "closed", ".ipython"}
    assert inside.told(f"{names} & {{*__import__('os').listdir('.')}}") == "set()"


MADE_INSIDE = {"PWD", "OLDPWD", "LC_CTYPE", "COLUMNS", "LINES", "PAGER", "GIT_PAGER", "TERM"}
MADE_INSIDE |= {"CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "KMP_DUPLICATE_LIB_OK"}
MADE_INSIDE |= {"KMP_INIT_AT_FORK", "TORCHINDUCTOR_CACHE_DIR"}
MADE_INSIDE |= {"container", "HOSTNAME"}  # of the container itself


def test_the_environment_tells_nothing_of_the_host(inside):
    told = inside.told("sorted(__import__('os').environ)")
    names = set(told.strip("[]").replace("'", "").split(", "))
    assert "HOME" in names
    assert names <= set(inside.sandbox._policy.environment) | MADE_INSIDE
