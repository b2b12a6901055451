"""What the tests of every lesson do in JupyterLab: open it, answer its quiz, keep its looks."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from course_lib.study.questions import questions_of
from tests.browser.jupyterlab import Lab, Notebook

ROOT = Path(__file__).parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"


@contextmanager
def released(browser: Browser, lab: Lab, name: str, timeout: float = 120) -> Iterator[Notebook]:
    """Open a copy of a released lesson in a page of its own, with all its cells run."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield opened(context.new_page(), lab, "notebooks", name, timeout)
    context.close()


def opened(page: Page, lab: Lab, folder: str, name: str, timeout: float = 120) -> Notebook:
    """Open a copy of a lesson from notebooks/ or solutions/ and run all its cells."""
    copy = lab.root / f"{folder}-{name}.ipynb"
    shutil.copy(ROOT / folder / name / f"{name}.ipynb", copy)
    notebook = Notebook(page, lab, copy.name)
    notebook.run_all(timeout)
    return notebook


def answer_all_right(notebook: Notebook, topic: str) -> None:
    """Answer each question of a knowledge check right, with the keyboard alone."""
    area, keyboard = notebook.output(f'quiz("{topic}")'), notebook.page.keyboard
    questions = questions_of(topic)
    area.get_by_role("button").first.focus()
    for number, question in enumerate(questions):
        for option in question["options"]:
            if option["right"]:
                keyboard.press("Space")
                expect(area.locator(".ttt-why").nth(number)).to_contain_text("Right")
            keyboard.press("Tab")
    score = f"{len(questions)} of {len(questions)} right"
    expect(area).to_contain_text(score)
    notebook.run_cell(f'progress("{topic}")')
    expect(notebook.output(f'progress("{topic}")')).to_contain_text(score)


def keep_screenshots(page: Page, name: str) -> None:
    """Save the open notebook, screen by screen, as name-01.png and so on."""
    SCREENSHOTS.mkdir(exist_ok=True)
    panel = page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
    height = panel.evaluate("panel => panel.scrollHeight")
    step = panel.evaluate("panel => panel.clientHeight") - 40
    for number, top in enumerate(range(0, height, step), start=1):
        panel.evaluate("(panel, top) => { panel.scrollTop = top }", top)
        page.wait_for_timeout(100)
        page.screenshot(path=SCREENSHOTS / f"{name}-{number:02}.png")
