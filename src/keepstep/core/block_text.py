"""The texts of blocks: macros and conditions, each read once, worked out for one subject at a time."""

from collections.abc import Mapping
from dataclasses import replace

from keepstep.core.macro import Macro, compile_macro
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.macro_names import Where, family_of
from keepstep.core.values import Values
from keepstep.errors import MacroError

TRUE = ("true",)


class BlockTexts:
    """Reads the texts of blocks. MacroError, naming the place and no value, for what cannot be read or worked out."""

    def __init__(self, context: MacroContext = NO_CONTEXT) -> None:
        self._names = replace(context.any_names(Where.BLOCK), given=context.values())
        self._read: dict[str, Macro] = {}

    def of(self, text: str, place: str) -> Macro:
        """Return *text* ready to be worked out."""
        found = self._read.get(text)
        if found is None:
            found = self._read[text] = compile_macro(text, names=self._names, place=place)
        return found

    def values(self, text: str, values: Mapping[str, Values], place: str) -> Values:
        """Return the values of *text*: none, one, or those of the one name it is."""
        macro = self.of(text, place)
        return macro.render({name: values.get(name, ()) for name in macro.names})

    def one(self, text: str, values: Mapping[str, Values], place: str) -> str:
        """Return the one value of *text*, or the empty text; MacroError if there are several."""
        found = self.values(text, values, place)
        if len(found) > 1:
            raise MacroError(f"{place}: there are {len(found)} values; use first or join")
        return found[0] if found else ""

    def holds(self, text: str, values: Mapping[str, Values], place: str) -> bool:
        """Return whether the condition *text* holds: whether it gives true."""
        return self.values(text, values, place) == TRUE

    def attributes(self, text: str, place: str) -> tuple[str, ...]:
        """Return the attributes of the subject that *text* reads."""
        return tuple(name for name in self.of(text, place).names if family_of(name) is None)
