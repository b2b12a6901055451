"""A widget that stacks random layers, and shows how large the stream is after each."""

import ipywidgets

from course_lib.study import depth
from course_lib.study.depth import NORMS, WIRINGS, Profile
from course_lib.study.markup import page
from course_lib.study.widgets.depth_drawing import (
    STYLE,
    Scene,
    describe,
    draw_scene,
    draw_table,
)
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    toggle_buttons,
)

DEEPEST = 48
WITHOUT_NORM = {"plain", "residual only"}


class Stepper:
    """The choice of a wiring, a norm and a depth, and the bars that it leads to."""

    def __init__(self, wiring: str, n_layer: int):
        self.wiring = toggle_buttons("Wiring:", [*WIRINGS], wiring, "4.5em")
        self.norm = toggle_buttons("Norm:", [*NORMS], "RMSNorm", "4.5em")
        self.layers = layers_field(n_layer)
        self.half = ipywidgets.Button(description="Half", layout={"width": "auto"})
        self.double = ipywidgets.Button(description="Double", layout={"width": "auto"})
        self.picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        for control in (self.wiring, self.norm, self.layers):
            control.observe(lambda _: self.draw(), names="value")
        self.half.on_click(lambda _: self.go_to(self.layers.value // 2))
        self.double.on_click(lambda _: self.go_to(self.layers.value * 2))
        self.draw()

    def go_to(self, n_layer: int) -> None:
        """Stack so many layers, from 1 to 48."""
        self.layers.value = max(1, min(DEEPEST, n_layer))

    def draw(self) -> None:
        self.norm.disabled = self.wiring.value in WITHOUT_NORM
        drawing = draw_scene(scene(self.wiring.value, self.norm.value, self.layers.value))
        self.picture.value = page(drawing, CONTROLS_STYLE + STYLE)

    def all_scenes(self) -> list[Scene]:
        """Return what every wiring does to the stream, with the norm that is chosen."""
        return [scene(name, self.norm.value, DEEPEST) for name in WIRINGS]


def depth_stepper(wiring: str = "plain", n_layer: int = 12) -> Explorable:
    """Return a widget that chooses wiring, norm and depth, and draws the stream's RMS by layer.

    Args:
        wiring: the name of the wiring to begin with, one of `depth.WIRINGS`.
        n_layer: the depth to begin with, 1..48.

    Raises:
        ValueError: if there is no such wiring.
    """
    if wiring not in WIRINGS:
        raise ValueError(f"wiring must be one of {[*WIRINGS]}, got {wiring!r}")
    stepper = Stepper(wiring, n_layer)
    depths = {"layers": stepper.layers, "half": stepper.half, "double": stepper.double}
    rows = [control_row(stepper.wiring), control_row(stepper.norm), control_row(*depths.values())]
    return Explorable(
        controls={"wiring": stepper.wiring, "norm": stepper.norm, **depths},
        picture=stepper.picture,
        box=ipywidgets.VBox([*rows, stepper.picture]),
        still=lambda: draw_table(stepper.all_scenes()),
        describe=lambda: describe(stepper.all_scenes()),
    )


def scene(wiring: str, norm: str, n_layer: int) -> Scene:
    """Return what a stack does to the stream: the first layers of the deepest one."""
    whole = depth.profile(WIRINGS[wiring], DEEPEST, NORMS[norm])
    part = Profile(whole.sizes[: n_layer + 1], whole.sameness[: n_layer + 1])
    return Scene(wiring, "" if wiring in WITHOUT_NORM else norm, part)


def layers_field(n_layer: int) -> ipywidgets.BoundedIntText:
    """Return a field for a depth: no slider, whose handle has no name a screen reader could say."""
    return ipywidgets.BoundedIntText(
        n_layer,
        min=1,
        max=DEEPEST,
        description="Layers:",
        style={"description_width": "initial"},
        layout={"width": "130px"},
    )
