"""Any Jupyter kernel runs in the sandbox, without a change to its kernelspec."""

import os
import shutil
import threading
import time

import psutil
import pytest
from jupyter_client import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from course_lib.classroom.sandbox.levels import BUBBLEWRAP, best_level
from tests.classroom.notebooks import NAME, ROOT

pytestmark = pytest.mark.slow
FOLDER = ROOT / "notebooks" / NAME
SECONDS = 60


@pytest.fixture(scope="module")
def kernel():
    """A running kernel and what one needs to talk to it."""
    if shutil.which("bwrap") is None:
        pytest.skip("this computer has no bubblewrap")
    assert best_level() is BUBBLEWRAP
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "course-sandbox")
        patch.setenv("CANVAS_TOKEN", "secret")
        KernelProvisionerFactory.clear_instance()
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(FOLDER))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(SECONDS)
        yield manager, client
        client.stop_channels()
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
        KernelProvisionerFactory.clear_instance()


def said(kernel, code):
    """Run code and return what it printed, or the error that it raised."""
    parts = []

    def hear(message):
        content = message["content"]
        parts.append(content.get("text") or content.get("ename", ""))

    kernel[1].execute_interactive(code, timeout=SECONDS, output_hook=hear)
    return "".join(parts).strip()


def test_it_is_not_root_and_starts_in_the_notebooks_folder(kernel):
    assert said(kernel, "import os; print(os.getcwd(), os.listdir('.'))") == (
        f"{FOLDER} ['{NAME}.ipynb']"
    )
    assert said(kernel, "print(os.getuid() == 0)") == "False"


def test_the_courses_tools_work_and_its_answers_are_not_there(kernel):
    assert said(kernel, "from course_lib.study.check import check\nimport torch") == ""
    for path in ("solutions", "lessons", "tests"):
        assert said(kernel, f"open({str(ROOT / path / 'x')!r})") == "FileNotFoundError"
    assert said(kernel, f"print(os.path.exists({str(ROOT / 'solutions')!r}))") == "False"


def test_it_can_write_to_its_home_only(kernel):
    assert said(kernel, "import os; open(os.path.expanduser('~/x'), 'w').close()") == ""
    assert said(kernel, "open('x', 'w')") == "OSError"


def test_it_has_no_network_and_no_secrets(kernel):
    assert said(kernel, "import socket; socket.create_connection(('127.0.0.1', 9))") in (
        "ConnectionRefusedError",  # of its own, empty computer
        "OSError",
    )
    assert said(kernel, "print(os.environ.get('CANVAS_TOKEN'), os.environ.get('JPY_PARENT_PID'))")
    assert said(kernel, "print(os.environ.get('CANVAS_TOKEN'))") == "None"


def test_it_can_be_interrupted(kernel):
    start = time.monotonic()
    threading.Timer(1, kernel[0].interrupt_kernel).start()
    assert said(kernel, "import time\nfor _ in range(500): time.sleep(0.1)") == "KeyboardInterrupt"
    assert time.monotonic() - start < 30
    assert said(kernel, "print(1 + 1)") == "2"


def test_it_has_limits(kernel):
    assert said(kernel, "x = b'x' * (9 << 30)") == "MemoryError"
    assert said(kernel, "import os; print(len(os.listdir('/proc')) > 0)") == "True"


def test_nothing_of_it_is_left_after_its_end(kernel):
    said(kernel, "import subprocess; subprocess.Popen(['sleep', '4321'])")
    folder = kernel[0].provisioner._folder
    assert folder.is_dir()
    kernel[0].shutdown_kernel(now=True)
    end = time.monotonic() + SECONDS
    while any(one.info["cmdline"] == ["sleep", "4321"] for one in psutil.process_iter(["cmdline"])):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert not os.path.exists(folder)
