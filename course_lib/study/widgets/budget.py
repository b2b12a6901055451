"""A widget that changes a model's shape, and shows where its parameters are."""

from collections.abc import Callable, Mapping

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.model_shapes import SHAPES
from course_lib.study.widgets.budget_drawing import (
    STYLE,
    Budget,
    describe,
    draw_budget,
    draw_table,
    new_budget,
    problem,
)
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    draw_problem,
)

Count = Callable[[dict[str, int | bool]], Mapping[str, int]]
SWITCHES = {"gated": "Gated feed-forward", "tied_head": "Head tied to the embeddings"}


class Form:
    """Fields for a model's shape, buttons that fill them in, and the bar that they lead to."""

    def __init__(self, count: Count, config: Mapping[str, int | bool]):
        self.count = count
        self.fields = {
            name: _switch(SWITCHES[name], value) if name in SWITCHES else _field(name, value)
            for name, value in config.items()
        }
        self.presets = {
            name: ipywidgets.Button(description=name, layout={"width": "auto"}) for name in SHAPES
        }
        self.picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        self.filling_in = False
        for field in self.fields.values():
            field.observe(lambda _: self.draw(), names="value")
        for name, button in self.presets.items():
            button.on_click(lambda _, name=name: self.fill_in(SHAPES[name]))
        self.draw()

    @property
    def config(self) -> dict[str, int | bool]:
        return {name: field.value for name, field in self.fields.items()}

    def fill_in(self, config: Mapping[str, int | bool]) -> None:
        """Set all fields, and draw once they belong together."""
        self.filling_in = True
        for name, value in config.items():
            self.fields[name].value = value
        self.filling_in = False
        self.draw()

    def draw(self) -> None:
        if self.filling_in:
            return
        wrong = problem(self.config)
        drawing = draw_problem(wrong) if wrong else draw_budget(self.budget(self.config))
        self.picture.value = page(drawing, CONTROLS_STYLE + STYLE)

    def budget(self, config: Mapping[str, int | bool]) -> Budget:
        return new_budget(self.count(dict(config)))


def budget(count: Count, preset: str = "SmolLM2-135M") -> Explorable:
    """Return a widget with a field for each size of a model and a bar of where its parameters are.

    Args:
        count: gets a dict with the keys of `model_shapes.NAMES` and returns how many parameters
            "attention", "feed_forward", "embeddings" and "norms" have, and "total".
        preset: the model to begin with, one of `model_shapes.SHAPES`.

    Raises:
        ValueError: if there is no such model.
    """
    if preset not in SHAPES:
        raise ValueError(f"preset must be one of {[*SHAPES]}, got {preset!r}")
    form = Form(count, SHAPES[preset])

    def all_budgets() -> dict[str, Budget]:
        return {name: form.budget(config) for name, config in SHAPES.items()}

    numbers = [field for name, field in form.fields.items() if name not in SWITCHES]
    switches = [form.fields[name] for name in SWITCHES]
    rows = [control_row(*controls) for controls in (form.presets.values(), numbers, switches)]
    return Explorable(
        controls={**form.presets, **form.fields},
        picture=form.picture,
        box=ipywidgets.VBox([*rows, form.picture]),
        still=lambda: draw_table(all_budgets()),
        describe=lambda: describe(all_budgets()),
        style=STYLE,
    )


def _field(name: str, value: int) -> ipywidgets.IntText:
    """Return a field for any whole number; what does not fit is said, not changed."""
    return ipywidgets.IntText(
        value,
        description=f"{name}:",
        style={"description_width": "initial"},
        layout={"width": "200px"},
    )


def _switch(description: str, value: bool) -> ipywidgets.Checkbox:
    layout = {"width": "auto"}
    return ipywidgets.Checkbox(value, description=description, indent=False, layout=layout)
