"""JupyterLab in a real browser: start it, open a notebook, run its cells, find their outputs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page

PROJECT = Path(__file__).resolve().parents[2]
TOKEN = "only-for-tests"  # the server listens on this machine only
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# The first error that stops the others, or that there is none and none is left; else nothing yet.
ALL_HAVE_RUN = """() => {
  const cells = jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model)
    .filter(cell => cell.type === 'code' && cell.sharedModel.getSource());
  for (const cell of cells)
    if (!(cell.getMetadata('tags') || []).includes('raises-exception'))
      for (const output of cell.outputs.toJSON())
        if (output.output_type === 'error')
          return `${output.ename}: ${output.evalue} in ${cell.sharedModel.getSource()}`;
  return cells.every(cell => cell.executionCount !== null) && 'all have run';
}"""
# Every cell stays in the page, and nothing asks the network or the user.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}


def find_chromium() -> str | None:
    """Return the path of a Chromium on this computer, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address (with a slash at the end) and the folder it shows."""

    url: str
    root: Path

    def get(self, path: str):
        """Return what the server's REST API answers, as Python data."""
        request = urllib.request.Request(
            f"{self.url}{path}", headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running_lab(root: Path, home: Path) -> Iterator[Lab]:
    """Run JupyterLab on the folder `root` until the block ends.

    Args:
        root: the notebooks' folder.
        home: an empty folder for the server's settings and log; the user's own are not touched.
    """
    for name, settings in SETTINGS.items():
        path = home / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
    }
    environment = os.environ | {name: str(home / folder) for name, folder in folders.items()}
    environment["PYTHONPATH"] = str(PROJECT)  # kernels use this course, not one installed elsewhere
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += ["--port=0", "--expose-app-in-browser", f"--ServerApp.root_dir={root}"]
    command += [f"--IdentityProvider.token={TOKEN}"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield Lab(_address(process, home), root)
        finally:
            _stop(process)


def _address(process: subprocess.Popen, home: Path, timeout: float = 60) -> str:
    """Wait until the server answers; return its address."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        for path in (home / "runtime").glob("jpserver-*.json"):
            try:
                url = json.loads(path.read_text())["url"]
                Lab(url, home).get("api/status")
                return url
            except (json.JSONDecodeError, urllib.error.URLError):
                pass  # the file is half-written, or the server is not listening yet
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{(home / 'server.log').read_text()}")


def _stop(process: subprocess.Popen) -> None:
    """End the server, which ends its kernels; after ten seconds end them by force."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Notebook:
    """A notebook that is open in the browser."""

    def __init__(self, page: Page, lab: Lab, path: str):
        """Open the notebook and wait until its kernel is idle."""
        self.page, self.lab, self.path = page, lab, path
        page.goto(f"{lab.url}lab/tree/{path}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        self.wait_until_idle()
        # The server's kernel is ready; the page must also be connected to it.
        page.wait_for_function(
            """() => {
                 const context = jupyterapp.shell.currentWidget?.sessionContext
                 return context?.isReady &&
                   context.session?.kernel?.connectionStatus === 'connected'
               }""",
            timeout=60_000,
        )

    def wait_until_idle(self, timeout: float = 120) -> None:
        """Wait until the server says that the notebook's kernel has nothing to do."""
        accept = self.page.locator(".jp-Dialog button.jp-mod-accept")
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if accept.count():  # "Select a kernel" and its like
                accept.first.click()
            sessions = [one for one in self.lab.get("api/sessions") if one["path"] == self.path]
            if sessions and sessions[0]["kernel"]["execution_state"] == "idle":
                return
            self.page.wait_for_timeout(100)
        raise TimeoutError(f"the kernel of {self.path} was not idle after {timeout} seconds")

    def run_all(self, timeout: float = 120) -> None:
        """Run all cells and wait until the last has run; an error that is not expected ends it."""
        self._run("notebook:run-all-cells", timeout)
        # In a long notebook the command can be over while cells wait without any sign of it.
        ended = self.page.wait_for_function(ALL_HAVE_RUN, timeout=timeout * 1000).json_value()
        assert ended == "all have run", ended
        self._settle(timeout)

    def run_cell(self, source_part: str, timeout: float = 60) -> None:
        """Run the one cell whose source holds the text."""
        index = self._index(source_part)
        self.page.evaluate(
            "index => { jupyterapp.shell.currentWidget.content.activeCellIndex = index }", index
        )
        self._run("notebook:run-cell", timeout)

    def set_source(self, source_part: str, new_source: str) -> None:
        """Replace the whole source of the one cell that holds the text."""
        self.page.evaluate(
            """([index, source]) => jupyterapp.shell.currentWidget.content.widgets[index]
                 .model.sharedModel.setSource(source)""",
            [self._index(source_part), new_source],
        )

    def cell(self, source_part: str) -> Locator:
        """Return the one cell whose source holds the text."""
        return self.page.locator(".jp-NotebookPanel .jp-Notebook .jp-Cell").nth(
            self._index(source_part)
        )

    def output(self, source_part: str) -> Locator:
        """Return the output area of the one cell whose source holds the text."""
        return self.cell(source_part).locator(".jp-Cell-outputWrapper")

    def errors(self) -> list[str]:
        """Return every traceback and all that was written to stderr, cell by cell."""
        kinds = ("error", "stderr")
        selector = ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in kinds)
        return self.page.locator(selector).all_inner_texts()

    def set_theme(self, name: str) -> None:
        """Switch to "JupyterLab Light" or "JupyterLab Dark"."""
        self.page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        self.page.wait_for_selector(f'body[data-jp-theme-name="{name}"]', state="attached")

    def _run(self, command: str, timeout: float) -> None:
        self.page.evaluate(
            """command => {
                 window.ranCells = false
                 jupyterapp.commands.execute(command).finally(() => { window.ranCells = true })
               }""",
            command,
        )
        self.page.wait_for_function("() => window.ranCells", timeout=timeout * 1000)
        self._settle(timeout)

    def _settle(self, timeout: float) -> None:
        """Wait until no cell runs and every output is drawn."""
        # The command may be over, and the kernel idle for a moment, while cells still wait for
        # their turn: those show [*]. And an output is drawn a little after it has arrived.
        self.page.wait_for_function(
            """() => jupyterapp.shell.currentWidget.content.widgets.every(
                 cell => cell.model.type !== 'code' || (
                   !cell.node.querySelector('.jp-InputPrompt').textContent.includes('*') &&
                   cell.model.executionState !== 'running' &&
                   cell.outputArea.widgets.length === cell.model.outputs.length))""",
            timeout=timeout * 1000,
        )
        self.wait_until_idle(timeout)
        self.page.wait_for_function(  # a widget is drawn a little after its kernel is idle
            """() => [...document.querySelectorAll('.jp-OutputArea-output')]
                 .every(output => output.textContent !== 'Loading widget...')"""
        )

    def _index(self, source_part: str) -> int:
        found = self.page.evaluate(
            """part => jupyterapp.shell.currentWidget.content.widgets
                 .map((cell, index) => [cell.model.sharedModel.getSource(), index])
                 .filter(([source]) => source.includes(part)).map(([, index]) => index)""",
            source_part,
        )
        if len(found) != 1:
            raise LookupError(f"expected one cell with {source_part!r}, found {len(found)}")
        return found[0]


def opened_cells(page: Page, lab: Lab, name: str, cells: list[str]) -> Notebook:
    """Return a new notebook of these cells, after all of them have run without an error."""
    content = new_notebook(
        cells=[new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(content, lab.root / name)
    notebook = Notebook(page, lab, name)
    notebook.run_all()
    assert notebook.errors() == []
    return notebook


def accessibility_problems(page: Page, selector: str) -> list[str]:
    """Return what axe finds wrong inside the elements that the selector matches.

    JupyterLab's body has no height, so that axe takes all text for hidden and checks no contrast:
    it is given one. The window is made as tall as the notebook, as text scrolled away is left out.
    """
    size = page.viewport_size
    page.add_style_tag(content="body { height: 100vh }")
    tall = page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('*')].map(part => part.scrollHeight))"
    )
    page.set_viewport_size({"width": size["width"], "height": min(tall + 400, 16_000)})
    page.wait_for_timeout(300)
    results = Axe().run(page, context={"include": [[selector]]})
    page.set_viewport_size(size)
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in results.response["violations"]
        for node in rule["nodes"]
    ]
