"""How the course's charts look, and `show`, which gives each of them alt text.

Charts are drawn dark on white. In JupyterLab's dark theme a filter turns the page around and keeps
the hues, so a text must never call a mark dark or light: name its hue, its label or its place.
"""

import base64
import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from IPython.display import display

from course_lib.study.markup import DARK_FILTER, HUES, IN_DARK_THEME

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

BLUE, ORANGE, PLUM, PINE, GRAY = HUES.values()
PALETTE = (BLUE, ORANGE, PLUM, PINE, GRAY)
LINE_STYLES = ("-", "--", "-.", (0, (1, 1.2)), (0, (6, 1.5)))  # each hue has its own

INK = "#1f2328"  # text
QUIET = "#565d66"  # text on the axes
RULE = "#dcdfe3"  # grid
DPI = 100  # CSS pixels an inch: an 8-inch figure fills a notebook
SHARPNESS = 2  # PNG pixels a CSS pixel
LABEL_SIZE = 10.5  # points; 15 pixels, as the text around it


def use_style() -> None:
    """Set matplotlib's defaults to the course's look. The set-up cell of a lesson calls it once."""
    import matplotlib  # here, because a notebook that only grades draws nothing
    from cycler import cycler

    matplotlib.rcParams.update(
        {
            "figure.figsize": (8, 3.6),
            "figure.dpi": DPI,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
            "font.size": LABEL_SIZE,
            "text.color": INK,
            "axes.titlesize": 12.5,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.titlepad": 12,
            "axes.labelcolor": QUIET,
            "axes.edgecolor": GRAY,
            "axes.linewidth": 0.8,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.prop_cycle": cycler(color=PALETTE) + cycler(linestyle=LINE_STYLES),
            "grid.color": RULE,
            "grid.linewidth": 0.8,
            "xtick.color": GRAY,
            "ytick.color": GRAY,
            "xtick.labelcolor": QUIET,
            "ytick.labelcolor": QUIET,
            "ytick.major.size": 0,
            "lines.linewidth": 2.2,
            "lines.markersize": 7,
            "legend.frameon": False,
            "image.cmap": "Blues",  # from the page's color to blue, in either theme
        }
    )


def show(fig: "Figure", alt: str) -> None:
    """Display a figure with text that says what is to be seen in it, and close it.

    One output carries the picture, the same picture in HTML with its alt text, and the alt text
    alone for terminals and screen readers. The same figure gives the same bytes.

    Raises:
        ValueError: if `alt` is empty.
    """
    from matplotlib import pyplot

    if not alt.strip():
        raise ValueError("alt must say what is to be seen in the figure, got an empty text")
    png, width = _png(fig)
    pyplot.close(fig)
    data = base64.b64encode(png).decode()
    picture = (
        f"<style>{IN_DARK_THEME} .ttt-figure{{filter:{DARK_FILTER}}}</style>"
        f'<img class="ttt-figure" width="{width}" style="max-width:100%;height:auto" '
        f'alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'
    )
    bundle = {"image/png": data, "text/html": picture, "text/plain": alt}
    display(bundle, raw=True, metadata={"image/png": {"width": width}})


def label_lines(ax: "Axes") -> None:
    """Write each line's label at its right end, in its color, instead of a legend.

    Labels that would touch are moved apart, the order of the line ends kept.
    """
    ax.figure.draw_without_rendering()  # only now are the limits and the layout known
    points_a_pixel = 72 / ax.figure.dpi
    lines = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
    ends = {line: ax.transData.transform(line.get_xydata()[-1])[1] for line in lines}
    lowest_free = -float("inf")
    for line in sorted(lines, key=ends.get):
        height = max(ends[line], lowest_free)
        lowest_free = height + LABEL_SIZE * 1.35 / points_a_pixel
        ax.annotate(
            line.get_label(),
            xy=line.get_xydata()[-1],
            xytext=(8, (height - ends[line]) * points_a_pixel),
            textcoords="offset points",
            va="center",
            fontsize=LABEL_SIZE,
            color=line.get_color(),
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            annotation_clip=False,
        )


def log_ticks(axis: "Axis", ticks: Sequence[float]) -> None:
    """Write these ticks, and no others, on a logarithmic axis, such as `ax.xaxis`."""
    from matplotlib.ticker import NullLocator

    axis.set_ticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.set_minor_locator(NullLocator())


def _png(fig: "Figure") -> tuple[bytes, int]:
    """Return a figure as PNG bytes with at most 256 colors, and its width in CSS pixels."""
    from PIL import Image

    drawn = io.BytesIO()
    fig.savefig(drawn, format="png", dpi=DPI * SHARPNESS, bbox_inches="tight", pad_inches=0.08)
    image = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    image.save(packed, format="png", optimize=True)
    return packed.getvalue(), round(image.width / SHARPNESS)
