"""A reminder rule on one page: its head, and its stages, each with all that it does."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from servicebook.contracts.forms.choices import NumberChoice, Offered
from servicebook.contracts.forms.quiet import QuietForm
from servicebook.customers.entity_forms import RefusingForm
from servicebook.messaging import texts
from servicebook.messaging.models import Delivery
from servicebook.reminders import fitting, wording
from servicebook.reminders.actions.ladders import MOST_STAGES, wrong_in
from servicebook.reminders.models import Asks, Ladder, Ours, Stage, Theirs

OUT = (Delivery.Channel.MAIL, Delivery.Channel.SMS, Delivery.Channel.TELEGRAM)
CHANNELS = [("", "–"), *((one.value, one.label) for one in OUT)]
COLUMNS = ("offset", "unit", "side", "theirs", "asks", "text", "urgent", "ours", "step", "step_owner",
           "step_hours", "needs_decision")  # fmt: skip


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )


class LadderForm(RefusingForm):
    """The head of a rule."""

    active = forms.BooleanField(label=gettext_lazy("Active"), required=False)
    region = NumberChoice(
        label=gettext_lazy("Only in"), empty=gettext_lazy("everywhere"), required=False,
        help_text=gettext_lazy("Begin with one region as a pilot."),
    )  # fmt: skip
    quiet_from = _time(gettext_lazy("Quiet from"))
    quiet_until = _time(gettext_lazy("Quiet until"))
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ladder: Ladder, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "active": ladder.active,
            "region": ladder.region_id,
            "quiet_from": ladder.quiet_from,
            "quiet_until": ladder.quiet_until,
            "seen": ladder.version if ladder.pk else None,
        }
        super().__init__(*args, **kwargs)
        Offered().to(self)

    def put(self, ladder: Ladder) -> None:
        """Write what was typed into the row."""
        given = self.cleaned_data
        ladder.active, ladder.region_id = given["active"], given["region"]
        ladder.quiet_from, ladder.quiet_until = given["quiet_from"], given["quiet_until"]


class StageForm(QuietForm):
    """One stage: when, what the customer is asked, and whose next step it becomes."""

    use_required_attribute = False

    name = forms.SlugField(max_length=30, required=False, widget=forms.HiddenInput)
    offset = forms.IntegerField(label=gettext_lazy("How long"), min_value=0, max_value=3650)
    unit = forms.ChoiceField(label=gettext_lazy("Days or hours"), choices=Stage.Unit.choices)
    side = forms.ChoiceField(label=gettext_lazy("Before or after"), choices=Stage.Side.choices)
    theirs = forms.MultipleChoiceField(
        label=gettext_lazy("Whom at the customer"), choices=Theirs.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("The first who is there is told."),
    )  # fmt: skip
    asks = forms.ChoiceField(
        label=gettext_lazy("What they are asked to do"), choices=Asks.choices, required=False,
        help_text=gettext_lazy("Customers get only what asks for an action."),
    )  # fmt: skip
    text = forms.ChoiceField(label=gettext_lazy("Text"), required=False)
    first = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=CHANNELS,
        required=False,
        help_text=gettext_lazy("None chosen: by e-mail."),
    )
    second = forms.ChoiceField(label=gettext_lazy("Else by"), choices=CHANNELS, required=False)
    third = forms.ChoiceField(label=gettext_lazy("Else by"), choices=CHANNELS, required=False)
    urgent = forms.BooleanField(label=gettext_lazy("At once, not with others of the day"), required=False)
    step = forms.CharField(label=gettext_lazy("Next step"), max_length=200)
    step_owner = forms.ChoiceField(label=gettext_lazy("Whose"), choices=Ours.choices)
    step_hours = forms.IntegerField(
        label=gettext_lazy("Done within, hours"), min_value=1, max_value=2000, initial=24
    )
    ours = forms.MultipleChoiceField(
        label=gettext_lazy("Who else of us hears of it"), choices=Ours.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    needs_decision = forms.BooleanField(
        label=gettext_lazy("Ends only with a recorded decision"), required=False
    )

    def __init__(self, *args: Any, what: str, quiet: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quiet, self.what = quiet, what
        offered = fitting.fitting(what)
        # One that does not fit is offered only where it stands already, so that the refusal can say why.
        chosen = self.data.get(self.add_prefix("text")) if self.is_bound else self.initial.get("text")
        kept = [(code, title) for code, title in texts.choices() if code == chosen]
        choices = [("", "–"), *dict([*offered, *kept]).items()]
        self.fields["text"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not {"theirs", "asks", "text", "step"} - given.keys():  # what is wrong by itself is said already
            typed = Stage(**{name: given[name] for name in ("theirs", "asks", "text", "step")})
            for name, problem in wrong_in(self.what, typed).items():
                self.add_error(name, problem)
        return given

    @property
    def number(self) -> str:
        return str(self.prefix).rpartition("-")[2]

    @property
    def line(self) -> tuple[str, str] | None:
        """Its moment and its next step, as they stand in the form; none while they are not whole."""
        offset, unit, side, step = (self[name].value() for name in ("offset", "unit", "side", "step"))
        text = str(offset if offset is not None else "")
        if not step or not (text.isdecimal() and len(text) < 5):
            return None
        return wording.when(Stage(offset=int(text), unit=unit, side=side)), str(step)

    def stage(self) -> Stage:
        """The stage as it was typed; without a ladder yet."""
        given = self.cleaned_data
        channels = [given[name] for name in ("first", "second", "third") if given[name]]
        values = {name: given[name] for name in COLUMNS}
        return Stage(name=given["name"], channels=list(dict.fromkeys(channels)), **values)


class StageForms:
    """All stages of a rule, in the order of time; one more comes with a button."""

    def __init__(
        self,
        stages: "list[Stage]",
        *,
        what: str,
        data: Mapping[str, Any] | None = None,
        add: bool = False,
        drop: str = "",
    ) -> None:
        self.what, quiet = what, add or bool(drop)
        if data is None:
            self.forms = [self._form(at, initial=_typed(one)) for at, one in enumerate(stages)]
            self.count = len(self.forms)
            return
        text = str(data.get("stage-count", ""))
        self.count = min(int(text) if text.isdecimal() and len(text) < 4 else 0, MOST_STAGES * 2)
        self.forms = [
            self._form(at, data=data, quiet=quiet)
            for at in range(self.count)
            if str(at) != drop and f"stage-{at}-unit" in data
        ]
        if add and len(self.forms) < MOST_STAGES:
            self.forms.append(self._form(self.count))
            self.count += 1

    def is_valid(self) -> bool:
        judged = [one.is_valid() for one in self.forms]  # all of them, so that all errors show
        return all(judged)

    def stages(self) -> list[Stage]:
        return [one.stage() for one in self.forms]

    def _form(self, at: int, *, data: Any = None, initial: Any = None, quiet: bool = False) -> StageForm:
        return StageForm(
            data, prefix=f"stage-{at}", initial=initial, what=self.what, quiet=quiet, label_suffix=""
        )


def _typed(stage: Stage) -> dict[str, Any]:
    channels = dict(zip(("first", "second", "third"), stage.channels, strict=False))
    return {"name": stage.name, **{name: getattr(stage, name) for name in COLUMNS}, **channels}
