"""What a configuration refers to as secrets: where it says so, and in its macros."""

from dataclasses import replace
from typing import Final, cast

from keepstep.core.macro import compile_macro
from keepstep.core.macro_names import Where
from keepstep.core.macro_tree import ANY_NAME
from keepstep.core.secret import SecretRef
from keepstep.core.spec import Spec
from keepstep.errors import MacroError
from keepstep.store.vault import NAME

_SECRET: Final = "secret."  # noqa: S105 - how macros name one


def references_of(part: object) -> dict[str, SecretRef]:
    """Return what a *part* of the configuration refers to as secrets, in its macros too, by what each is called."""
    match part:
        case SecretRef():
            return {part.label: part}
        case str():
            named = [SecretRef(secret=name) for name in _secrets_in(part) if NAME.fullmatch(name)]
            return {reference.label: reference for reference in named}
        case Spec():
            inner = [getattr(part, field) for field in type(part).model_fields]
        case dict():
            inner = list(cast("dict[str, object]", part).values())
        case list() | tuple():
            inner = list(cast("list[object]", part))
        case _:
            return {}
    return {label: reference for value in inner for label, reference in references_of(value).items()}


def _secrets_in(text: str) -> set[str]:
    if "{{" not in text or _SECRET not in text:
        return set()
    try:
        names = compile_macro(text, names=replace(ANY_NAME, where=Where.HEADER), place="").names
    except MacroError:  # no text with macros, or `config check` says what is wrong with it
        return set()
    return {name.removeprefix(_SECRET) for name in names if name.startswith(_SECRET)}
