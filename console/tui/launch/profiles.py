"""The left pane of the launch screen: the profiles, what is published of the chosen one, and broken files."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.catalog.profile import Profile, PublishedResult
from console.i18n import t
from console.tui.cells import cell_len, fit
from console.tui.launch.known_profiles import KnownProfiles
from console.tui.widgets.filter_line import FilterLine
from console.tui.wording import number_text, percent_text

_FRAMEWORK_WORDS = {"tensorflow": "TF", "torch": "Torch"}
_ACCURACIES = ("top1", "top5")


class ProfilesPane(Vertical):
    """Lists the profiles; moving the cursor shows one in the form."""

    DEFAULT_CSS = """
    ProfilesPane {
        & OptionList { height: auto; max-height: 1fr; border: none; padding: 0; background: $surface; }
        & OptionList:focus { border: none; }
        & .about { height: auto; max-height: 50%; margin-top: 1; }
        & .about Static { height: auto; }
    }
    """

    class Chosen(Message):
        """The operator wants the form of ``profile``."""

        def __init__(self, profile: Profile) -> None:
            super().__init__()
            self.profile = profile

    class Entered(Message):
        """The operator goes on to the form."""

    def __init__(self) -> None:
        super().__init__(id="profiles", classes="pane")
        self._known: KnownProfiles | None = None
        self._words: tuple[str, ...] = ()
        self._shown: list[Profile] = []
        self._current: str | None = None

    def compose(self) -> ComposeResult:
        """Filter, list, and what there is to say of the chosen profile."""
        yield FilterLine()
        yield OptionList(markup=False)
        with VerticalScroll(classes="about", can_focus=False):
            yield Static()

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = t("form.profiles")

    def relabel(self) -> None:
        """Everything in the current language."""
        self.border_title = t("form.profiles")
        self._fill()
        self._describe()

    def show(self, known: KnownProfiles, current: str | None) -> None:
        """Show the profiles, with the cursor on ``current``."""
        self._known, self._current = known, current
        self._fill()
        self._describe()

    def point_at(self, name: str) -> None:
        """Put the cursor on a profile chosen elsewhere."""
        self._current = name
        names = [profile.name for profile in self._shown]
        if name in names:
            self.query_one(OptionList).highlighted = names.index(name)
        self._describe()

    @property
    def filter_line(self) -> FilterLine:
        """The line that filters the list."""
        return self.query_one(FilterLine)

    def _fill(self) -> None:
        if self._known is None:
            return
        self._shown = [one for one in self._known.profiles.values() if _matches(one, self._words)]
        options = self.query_one(OptionList)
        width = max(16, self.content_size.width - 1)
        with options.prevent(OptionList.OptionHighlighted):
            options.clear_options()
            options.add_options([Option(_line(profile, width)) for profile in self._shown])
            names = [profile.name for profile in self._shown]
            if self._current in names:
                options.highlighted = names.index(self._current)

    def on_resize(self) -> None:
        """The frameworks stand flush right."""
        self._fill()

    def _describe(self) -> None:
        if self._known is None:
            return
        parts: list[Content] = []
        profile = self._known.profiles.get(self._current or "")
        if profile is not None:
            parts += _about(profile)
        for problem in self._known.broken:
            parts.append(Content.styled(f"✗ {problem.file.name}:{problem.line}", "$error"))
            parts.append(
                Content(f"  {problem.key}: {problem.message}" if problem.key else f"  {problem.message}")
            )
        self.query_one(".about Static", Static).update(Content("\n").join(parts))

    @on(OptionList.OptionHighlighted)
    def _highlight(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if not 0 <= event.option_index < len(self._shown):
            return
        profile = self._shown[event.option_index]
        if profile.name != self._current:
            self._current = profile.name
            self._describe()
            self.post_message(self.Chosen(profile))

    @on(OptionList.OptionSelected)
    def _enter(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Entered())

    @on(FilterLine.Changed)
    def _filter(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._words = event.words
        self._fill()

    @on(FilterLine.Left)
    def _leave_filter(self, event: FilterLine.Left) -> None:
        event.stop()
        self.query_one(OptionList).focus()


def _matches(profile: Profile, words: tuple[str, ...]) -> bool:
    texts = (profile.name, profile.title.english, profile.title.chinese, profile.framework)
    return all(word in " ".join(texts).casefold() for word in words)


def _line(profile: Profile, width: int) -> Content:
    framework = _FRAMEWORK_WORDS.get(profile.framework, profile.framework)
    name = fit(profile.name, width - cell_len(framework) - 1)
    blanks = " " * (width - cell_len(name) - cell_len(framework))
    return Content.assemble(name, blanks, (framework, "$muted"))


def _about(profile: Profile) -> list[Content]:
    parts = [Content.styled(str(profile.summary), "$muted"), Content("")] if str(profile.summary) else []
    if profile.published:
        parts.append(Content.styled(t("form.published"), "bold"))
    for result in profile.published:
        figure = Content.styled(published_figure(result), "$foreground")
        parts.append(Content.assemble(figure, ("  " + published_place(result), "$muted")))
    sources = dict.fromkeys(result.source for result in profile.published)
    parts += [Content.styled(source, "$muted") for source in sources]
    return [*parts, Content("")]


def published_figure(result: PublishedResult) -> str:
    """A published figure with its name: ``top-1 76.39 %``, ``11 600 images/s``."""
    if result.metric in _ACCURACIES:
        return f"{t(f'form.metric_{result.metric}')} {percent_text(result.value)}"
    if result.metric == "throughput":
        return t("form.metric_throughput", value=number_text(result.value, 5))
    return f"{result.metric} {number_text(result.value)}"


def published_place(result: PublishedResult) -> str:
    """The data set and device count a published figure was measured on."""
    return t("form.published_place", dataset=result.dataset, count=result.devices)
