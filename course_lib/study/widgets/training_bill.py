"""A widget that says what it costs to train a model: FLOPs, chip-hours, days and dollars."""

import ipywidgets

from course_lib.study.markup import page
from course_lib.study.training_cost import CHINCHILLA, CHIPS, RUNS, UTILIZATION, Plan
from course_lib.study.widgets.bill_drawing import (
    STYLE,
    Bill,
    describe,
    draw_bill,
    draw_table,
    problem,
)
from course_lib.study.widgets.explorable import (
    CONTROLS_STYLE,
    PICTURE_LAYOUT,
    Explorable,
    control_row,
    draw_problem,
    toggle_buttons,
)

BILLION = 1e9
N_CHIPS = 1024
FIRST_CHIP = "H100"


class Form:
    """The choice of a model and a chip, fields for the rest, and the bill that they lead to."""

    def __init__(self, model: str):
        self.model = toggle_buttons("Model:", [*RUNS], model, "4.5em")
        self.chip = toggle_buttons("Chip:", [*CHIPS], FIRST_CHIP, "4.5em")
        self.tokens = _field("Tokens, billions:", RUNS[model].n_tokens / BILLION, "230px")
        self.published = ipywidgets.Button(description="As published", layout={"width": "auto"})
        self.twenty = ipywidgets.Button(
            description=f"{CHINCHILLA} a parameter", layout={"width": "auto"}
        )
        self.chips = ipywidgets.IntText(N_CHIPS, description="Chips:", **_look("150px"))
        self.percent = _field("Part of the peak, %:", 100 * UTILIZATION, "210px")
        self.price = _field("Dollars a chip-hour:", CHIPS[FIRST_CHIP].price, "220px")
        self.picture = ipywidgets.HTML(layout=PICTURE_LAYOUT)
        self.filling_in = False
        self.model.observe(
            lambda _: self.fill_in(self.tokens, self.run.n_tokens / BILLION), "value"
        )
        self.chip.observe(lambda _: self.fill_in(self.price, CHIPS[self.chip.value].price), "value")
        self.published.on_click(lambda _: self.feed(self.run.n_tokens))
        self.twenty.on_click(lambda _: self.feed(CHINCHILLA * self.run.n_params))
        for field in self.numbers:
            field.observe(lambda _: self.draw(), names="value")
        self.draw()

    @property
    def run(self):
        return RUNS[self.model.value]

    @property
    def numbers(self) -> list[ipywidgets.Widget]:
        return [self.tokens, self.chips, self.percent, self.price]

    @property
    def problem(self) -> str:
        return problem(*(field.value for field in self.numbers))

    def fill_in(self, field: ipywidgets.FloatText, value: float) -> None:
        """Set a field that belongs to what was chosen, and draw once."""
        self.filling_in = True
        field.value = value
        self.filling_in = False
        self.draw()

    def feed(self, n_tokens: float) -> None:
        self.tokens.value = n_tokens / BILLION

    def plan(self, n_params: float, n_tokens: float) -> Plan:
        """Return a run on the chips that are chosen."""
        percent, price = self.percent.value, self.price.value
        return Plan(n_params, n_tokens, self.chip.value, self.chips.value, percent / 100, price)

    def bill(self) -> Bill:
        return Bill(self.model.value, self.plan(self.run.n_params, self.tokens.value * BILLION))

    def plans(self) -> dict[str, Plan]:
        """Return every known run as published, on the chips that are chosen."""
        return {name: self.plan(run.n_params, run.n_tokens) for name, run in RUNS.items()}

    def draw(self) -> None:
        if self.filling_in:
            return
        drawing = draw_problem(self.problem) if self.problem else draw_bill(self.bill())
        self.picture.value = page(drawing, CONTROLS_STYLE + STYLE)

    def still(self) -> str:
        if self.problem:
            return draw_problem(self.problem)
        return draw_bill(self.bill(), live=False) + draw_table(self.plans())

    def describe(self) -> str:
        return self.problem or describe(self.bill(), self.plans())


def training_bill(model: str = "Llama 3 8B") -> Explorable:
    """Return a widget that works out what a training run costs, and compares it with known ones.

    Args:
        model: the model to begin with, one of `training_cost.RUNS`.

    Raises:
        ValueError: if there is no such model.
    """
    if model not in RUNS:
        raise ValueError(f"model must be one of {[*RUNS]}, got {model!r}")
    form = Form(model)
    feeding = {"tokens": form.tokens, "published": form.published, "twenty": form.twenty}
    running = {"chips": form.chips, "percent": form.percent, "price": form.price}
    rows = [
        control_row(form.model),
        control_row(*feeding.values()),
        control_row(form.chip),
        control_row(*running.values()),
    ]
    return Explorable(
        controls={"model": form.model, **feeding, "chip": form.chip, **running},
        picture=form.picture,
        box=ipywidgets.VBox([*rows, form.picture]),
        still=form.still,
        describe=form.describe,
        style=STYLE,
    )


def _field(description: str, value: float, width: str) -> ipywidgets.FloatText:
    """Return a field for any number; what does not fit is said, not changed."""
    return ipywidgets.FloatText(value, description=description, **_look(width))


def _look(width: str) -> dict:
    return {"style": {"description_width": "initial"}, "layout": {"width": width}}
