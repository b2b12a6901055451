import pytest

from course_lib.study.panel import Panel


def test_a_panel_reads_the_same_in_a_terminal():
    panel = Panel("failed", "not yet", (("Got", "3\n4"), ("Expected", "5")))
    assert repr(panel).splitlines() == [
        "✗ not yet",
        "  Got       3",
        "            4",
        "  Expected  5",
    ]


def test_what_a_learner_returned_cannot_become_html():
    html = Panel(
        "failed", "<b>x</b>", (("Got", "'<script>alert(1)</script>' `<i>`"),)
    )._repr_html_()
    assert "<script>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("kind", ["passed", "failed", "note"])
def test_every_kind_has_a_mark_besides_its_color(kind):
    assert repr(Panel(kind, "title"))[0] in "✓✗→"
