"""What ends a list in several pages."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from keepstep.core.field_path import PlaceText
from keepstep.core.page_facts import End, PageFacts, PageState
from keepstep.core.spec import Spec
from keepstep.core.values import Values


class ElementStop(Spec):
    """The list ends with the page whose element `element` equals a text, number or truth, or is absent or null.

    A place is a path in the answer, or a header after `header:`.
    """

    element: Annotated[PlaceText, Field(min_length=1)]
    equals: bool | int | float | str | None = None
    absent: bool = False

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.equals is None) is not self.absent:
            raise ValueError("say either `equals: VALUE` or `absent: true`")
        return self

    def met(self, said: Mapping[str, Values | None]) -> bool:
        """Return whether the page that *said* this is the last one."""
        held = said.get(self.element)
        if self.absent:
            return not held
        wanted = str(self.equals).lower() if isinstance(self.equals, bool) else str(self.equals)
        return held == (wanted,)

    @property
    def words(self) -> str:
        """How the end is told."""
        return f"{self.element} is absent" if self.absent else f"{self.element} says that it is the last"


def _form(value: object) -> str:
    return "word" if isinstance(value, str) else ElementStop.__name__


StopWord = Literal["empty", "short", "total"]
Stop = StopWord | ElementStop
_Written = Annotated[
    Annotated[StopWord, Tag("word")] | Annotated[ElementStop, Tag(ElementStop.__name__)], Discriminator(_form)
]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) or not isinstance(value, list | tuple) else cast("object", value)


Stops = Annotated[tuple[_Written, ...], BeforeValidator(_listed)]


class Paged(Spec):
    """What every list in several pages may say. *stop*: what ends it, any of them; empty: as its kind does.

    *most_calls*: after so many the read ends, and is not complete.
    """

    stop: Stops = ()
    most_calls: Annotated[int, Field(gt=0)] | None = None
    total: Annotated[PlaceText, Field(description="where the answer declares the total; empty: it does not")] = ""

    @model_validator(mode="after")
    def _stops_can_be_judged(self) -> Self:
        if "total" in self.stop and not self.total:
            raise ValueError("`stop: total` needs `total`: the place where the answer declares it")
        if "short" in self.stop and not self.page_size:
            raise ValueError("`stop: short` needs `size`: how many records a full page holds")
        return self

    @property
    def page_size(self) -> int:
        """How many records a full page holds; 0: not known."""
        return 0

    @property
    def places(self) -> tuple[str, ...]:
        """The places that the conditions look at."""
        return tuple(stop.element for stop in self.stop if isinstance(stop, ElementStop))

    def ended(self, state: PageState, facts: PageFacts, stops: tuple[Stop, ...]) -> End | None:
        """Return the end of the list, if one of *stops* says that this page is the last one."""
        for stop in stops:
            if isinstance(stop, ElementStop):
                if stop.met(facts.said):
                    return End(proof=stop.words)
            elif stop == "empty" and facts.count == 0:
                return End(proof="an empty page ended the list")
            elif stop == "short" and 0 < facts.count < self.page_size:
                return End(proof="a page that is not full ended the list")
            elif stop == "short" and facts.count == 0:
                return End(proof="an empty page ended the list")
            elif stop == "total" and facts.total is not None and state.received + facts.count >= facts.total:
                return End(proof="the declared number was reached")
        return None

    def ahead(self, state: PageState, facts: PageFacts) -> Iterator[PageState]:
        """Yield the states that surely follow *state*, so that they can be asked for at once."""
        return iter(())
