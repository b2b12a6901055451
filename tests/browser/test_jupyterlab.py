"""The browser tests' own tool tells an error at once: it does not wait for cells that never run."""

import pytest

from tests.browser.jupyterlab import opened_cells


def test_an_error_that_stops_a_notebook_is_told(lab, page):
    with pytest.raises(AssertionError, match="ZeroDivisionError: .* in 1 / 0"):
        opened_cells(page, lab, "stops.ipynb", ["x = 1", "1 / 0", "x"])
