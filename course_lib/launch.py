"""`course lab`: fetch what is missing, copy the lesson to work/, open JupyterLab on it.

JupyterLab writes its log into a file beside the learner's record, so that the terminal shows the
address and nothing else. One server serves all lessons: a second start opens the one that runs.
"""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from course_lib.errors import CourseError

FIRST_PORTS = range(8888, 8988)
# No news from the network; and no parts of nbgrader, without which it starts a quarter faster.
SETTINGS = Path(__file__).parent / "jupyter_settings"
START_SECONDS = 120  # the first start on a slow disk reads some thousand files


@dataclass(frozen=True)
class Server:
    """A JupyterLab server: its address, with a slash at the end, and the word that lets one in."""

    url: str
    token: str

    def page(self, notebook: Path, root: Path) -> str:
        """Return the address that opens a notebook under `root` in JupyterLab."""
        path = notebook.relative_to(root).as_posix()
        return f"{self.url}lab/tree/{path}?token={self.token}"

    def answers(self) -> bool:
        """Say whether the server is up and lets us in."""
        try:
            with self._ask("api/status"):
                return True
        except (OSError, ValueError):
            return False

    def shut_down(self) -> None:
        """Ask the server to end its kernels and itself."""
        with contextlib.suppress(OSError, ValueError):
            self._ask("api/shutdown", data=b"").close()

    def _ask(self, path: str, data: bytes | None = None):
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        return urllib.request.urlopen(request, timeout=5)


def open_lab(notebook: Path, root: Path, log: Path, port: int | None, browser: bool) -> None:
    """Serve `root` until Ctrl-C, with `notebook` open; or open the server that serves it already.

    Args:
        notebook: the learner's copy of a lesson, somewhere under `root`.
        root: the folder that JupyterLab shows.
        log: the file that takes what JupyterLab has to say.
        port: where to serve; None takes a free one.
        browser: whether to open the page; its address is printed in any case.

    Raises:
        CourseError: if the port is busy or JupyterLab does not start.
    """
    running = running_server(root, port)
    if running:
        print(f"JupyterLab is running already: {running.page(notebook, root)}", flush=True)
        show(running.page(notebook, root), browser)
        return
    port = port or free_port(FIRST_PORTS)
    refuse_busy(port)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    server = Server(f"http://127.0.0.1:{port}/", secrets.token_hex(24))
    with log_file(log) as file:
        process = start(server, root, port, file)
        try:
            wait_until_up(server, process, log)
            print(f"JupyterLab is at {server.page(notebook, root)}", flush=True)
            print("Leave this window open. Ctrl-C here ends JupyterLab.", flush=True)
            show(server.page(notebook, root), browser)
            process.wait()
        except KeyboardInterrupt:
            print("\nJupyterLab ends; your notebooks are saved as you left them.", flush=True)
        finally:
            stop(server, process)


def start(server: Server, root: Path, port: int, log) -> subprocess.Popen:
    """Start JupyterLab for this computer only, with the course's settings."""
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container there is often only root
        command += ["--allow-root"]
    settings = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, settings)),
        "JUPYTER_TOKEN": server.token,  # not on the command line, where every user could read it
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    return subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for us; we then ask the server to end
    )


def wait_until_up(server: Server, process: subprocess.Popen, log: Path) -> None:
    """Return when the server answers.

    Raises:
        CourseError: if it ends, or does not answer in time; says where its log is.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if server.answers():
            return
        time.sleep(0.1)
    last = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()][-1:]
    said = last[0].strip() if last else "it said nothing"
    raise CourseError(
        f"JupyterLab did not start: {said} (all of it: {log}). Run `course doctor`, which names"
        " the fix for what is missing."
    )


def stop(server: Server, process: subprocess.Popen) -> None:
    """End the server and its kernels; after ten seconds end it by force."""
    if process.poll() is not None:
        return
    server.shut_down()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def running_server(root: Path, port: int | None) -> Server | None:
    """Return the server that serves `root`, on that port if one is given, or None."""
    from jupyter_core.paths import jupyter_runtime_dir

    for file in Path(jupyter_runtime_dir()).glob("jpserver-*.json"):
        try:
            facts = json.loads(file.read_text("utf-8"))
            same = Path(facts["root_dir"]) == root and port in (None, facts["port"])
            server = Server(facts["url"], facts["token"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # half-written, or not ours to understand
        if same and server.answers():
            return server
    return None


def free_port(candidates: Iterable[int]) -> int:
    """Return the first port that nobody uses."""
    for port in candidates:
        if port_problem(port) is None:
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refuse_busy(port: int) -> None:
    """Raise CourseError if JupyterLab could not use the port."""
    problem = port_problem(port)
    if problem:
        raise CourseError(
            f"Port {port} {problem}: give another, such as `make lab PORT={free_port(FIRST_PORTS)}`"
            " (`course lab --port`), or none, and a free one is taken."
        )


def port_problem(port: int) -> str | None:
    """Return why a port of this computer cannot be used, or None."""
    with socket.socket() as probe:
        if os.name != "nt":  # a port that was in use a moment ago counts as free, as for Jupyter
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return "may not be used by you"
        except OSError:
            return "is in use"
    return None


def show(url: str, browser: bool) -> None:
    """Open the page, or say that this is left to the learner."""
    if browser and not webbrowser.open(url):
        print("No browser could be opened: copy the address into one.", flush=True)


@contextlib.contextmanager
def log_file(path: Path):
    """Open a fresh log; the one before is gone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        yield file


def fetch_missing() -> None:
    """Bring every model and text of the course that is not here yet, with a bar for each."""
    from course_lib import assets

    missing = assets.missing()
    if not missing:
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    print("Fetching the models and texts of the lessons. This is done once.", flush=True)
    columns = TextColumn("  {task.description:<12}"), BarColumn(), DownloadColumn()
    with Progress(*columns, TimeRemainingColumn()) as bars:
        for name in missing:
            task = bars.add_task(name, total=assets.ASSETS[name].download_bytes)
            assets.fetch(name, partial(_move, bars, task))


def _move(bars, task: int, done: int, total: int) -> None:
    bars.update(task, completed=done, total=total)
