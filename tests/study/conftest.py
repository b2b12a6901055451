import matplotlib
import pytest
from matplotlib import pyplot as plt

from course_lib.study import figures


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    """Give each test a learner's record of its own."""
    folder = tmp_path / "data"
    monkeypatch.setenv("TOKENS_TO_TRUST_DATA", str(folder))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return folder


@pytest.fixture
def course_style():
    """Draw as the lessons do, on no screen, and leave nothing of it behind."""
    matplotlib.use("agg")
    with matplotlib.rc_context():
        figures.use_style()
        yield
    plt.close("all")
