"""The texts of a request filled with values: `{name}` with what is given for it, `{{ macros }}` with what they make."""

import re
from collections.abc import Callable, Mapping
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from pydantic import JsonValue

from keepstep.core.encoding import Spot, encode
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.macro_names import Where
from keepstep.core.macro_value import Value, as_text
from keepstep.core.request_text import RequestText, compile_request_text
from keepstep.core.secret import Resolve, Secret, SecretRef
from keepstep.core.values import Values
from keepstep.errors import ConfigurationError, IdentifierEmpty, MacroError

PLACEHOLDER: Final = re.compile(r"(?<!\{)\{([A-Za-z_][A-Za-z0-9_]*)\}(?!\})")
BASES: Final = frozenset({"base_url", "baseUrl"})
_Plain = Callable[[str, Spot], str]


class RequestTexts:
    """The texts of a connection's requests, each read once, and the secrets that they name, each opened once."""

    def __init__(self, context: MacroContext = NO_CONTEXT, resolve: Resolve | None = None) -> None:
        self._names = {where: context.any_names(where) for where in Where}
        self._resolve = resolve
        self._read: dict[tuple[str, Where, Spot, str, bool], RequestText] = {}
        self._secrets: dict[str, Secret] = {}

    def of(self, text: str, where: Where, place: Spot, label: str, *, identifies: bool = False) -> RequestText:
        """Return *text* ready to be rendered."""
        key = (text, where, place, label, identifies)
        found = self._read.get(key)
        if found is None:
            names = self._names[where]
            found = compile_request_text(text, names=names, label=label, place=place, identifies=identifies)
            self._read[key] = found
        return found

    def secret(self, name: str) -> Secret:
        """Return the secret called *name*; ConfigurationError where no secrets are at hand."""
        found = self._secrets.get(name)
        if found is None:
            if self._resolve is None:
                raise ConfigurationError(f'secret "{name}" is not at hand here')
            try:
                reference = SecretRef(secret=name)
            except ValueError:
                raise ConfigurationError(
                    f'"secret.{name}" names no secret', hint="its name has letters, digits and . _ - only"
                ) from None
            found = self._secrets[name] = self._resolve(reference)
        return found


class Filler:
    """Fills the texts of one request. *private* gathers what was made of secrets, to be masked where it is shown."""

    def __init__(self, name: str, known: Mapping[str, object], texts: RequestTexts) -> None:
        self.private: list[Secret] = []
        self._name = name
        self._known = known
        self._texts = texts

    def url(self, text: str) -> str:
        """Return the URL *text* filled; MacroError if a value leads out of the folder that the URL names."""
        label = f'endpoint "{self._name}", url'

        def plain(part: str, place: Spot) -> str:
            inside = Spot.QUERY if place is Spot.QUERY or "?" in part else Spot.URL_PATH
            return PLACEHOLDER.sub(lambda match: self._url_part(match[1], inside, label), part)

        made = self._render(self._texts.of(text, Where.URL, Spot.URL_PATH, label), plain)[0]
        # Two values may together make what neither is.
        if any(unquote(step) in {".", ".."} for step in urlsplit(made).path.split("/")):
            raise MacroError(f"{label}: a part of the path is . or .., which leads to another address")
        return made

    def param(self, key: str, text: str) -> str:
        """Return the value of parameter *key*, not yet encoded; IdentifierEmpty if a macro in it gives nothing."""
        label = f'endpoint "{self._name}", parameter {key}'
        return self._render(self._texts.of(text, Where.PARAM, Spot.TEXT, label, identifies=True), self._plain)[0]

    def header(self, key: str, text: str) -> str | None:
        """Return the value of header *key*; None if all macros in it give nothing, and there is nothing to send."""
        label = f'endpoint "{self._name}", header {key}'
        made, nothing = self._render(self._texts.of(text, Where.HEADER, Spot.HEADER, label), self._plain)
        if any(ch in made for ch in "\r\n\0"):
            raise ConfigurationError(f'endpoint "{self._name}": the value of header "{key}" has a line break')
        return None if nothing else made

    def free(self, text: str, place: Spot, *, identifies: bool) -> str:
        """Return the body *text*, in which only macros are understood: a single brace may well be a part of it."""
        made = self._texts.of(text, Where.BODY, place, self._body, identifies=identifies)
        return self._render(made, lambda part, _: part)[0]

    def tree(self, tree: JsonValue, *, identifies: bool = False) -> object:
        """Return *tree* with each leaf filled: one that is a placeholder or macro alone becomes the value itself.

        A leaf whose macros give nothing is null. In a list, a macro alone stands for all its values, and an object
        all of whose members come to nothing is left out.
        """
        if isinstance(tree, str):
            return self._leaf(tree, identifies=identifies)
        if isinstance(tree, list):
            return [made for item in tree for made in self._items(item, identifies=identifies)]
        if isinstance(tree, dict):
            return {key: self.tree(value, identifies=identifies) for key, value in tree.items()}
        return tree

    @property
    def _body(self) -> str:
        return f'endpoint "{self._name}", body'

    def _leaf(self, text: str, *, identifies: bool) -> object:
        whole = PLACEHOLDER.fullmatch(text)
        if whole:
            return self._whole(whole[1], identifies=identifies)
        read = self._texts.of(text, Where.BODY, Spot.TEXT, self._body, identifies=identifies)
        if read.alone is None:
            made, nothing = self._render(read, self._plain)
            return None if nothing else made
        found = self._alone(read)
        if isinstance(found, tuple):
            raise read.several(read.alone, len(found))
        return None if found == "" else found

    def _items(self, item: JsonValue, *, identifies: bool) -> list[object]:
        """Return what stands in a list for *item*: one value, or all those of a macro alone."""
        if isinstance(item, str):
            read = self._texts.of(item, Where.BODY, Spot.TEXT, self._body, identifies=identifies)
            if read.alone is not None:
                found = self._alone(read)
                return list(found) if isinstance(found, tuple) else [] if found == "" else [found]
        made = self.tree(item, identifies=identifies)
        # an address without a value is no address: [{address: "{{ mail }}"}] of somebody who has none is []
        members = cast("dict[str, object]", made) if isinstance(made, dict) else {}
        empty = bool(members) and all(value is None for value in members.values())
        return [] if empty and item != made else [made]

    def _alone(self, read: RequestText) -> Value:
        piece = read.alone
        assert piece is not None  # noqa: S101 - asked by both callers
        found = read.value(piece, self._held(read))
        if isinstance(found, str):
            encode(found, Spot.TEXT)
        if any(name.startswith("secret.") for name in piece.names) and not isinstance(found, tuple):
            self.private.append(Secret(as_text(found)))
        return found

    def _render(self, read: RequestText, plain: _Plain) -> tuple[str, bool]:
        made = read.render(self._held(read), plain)
        self.private += [Secret(text) for text in made.private]
        return made.text, made.nothing

    def _held(self, read: RequestText) -> dict[str, Values]:
        """Return the values of the names that *read* uses; a secret is opened for it, and noted."""
        return {name: self._values(name) for name in read.names}

    def _values(self, name: str) -> Values:
        if name.startswith("secret."):
            secret = self._texts.secret(name.removeprefix("secret."))
            self.private.append(secret)
            return (secret.reveal(),)
        given = self._known.get(name)
        if given is None or given == "":
            return ()
        if isinstance(given, list | tuple):
            return tuple(str(value) for value in cast("list[object]", given))
        return (as_text(given),) if isinstance(given, str | int) else (str(given),)

    def _plain(self, part: str, _: Spot) -> str:
        return PLACEHOLDER.sub(lambda match: self._one(match[1], f'endpoint "{self._name}"'), part)

    def _url_part(self, place: str, inside: Spot, label: str) -> str:
        value = self._one(place, label)
        if place in BASES:
            return value
        if not value:
            raise _nothing(place, label)
        return encode(value, inside)

    def _one(self, place: str, label: str) -> str:
        """Return the text given for *place*. Of an attribute there may be none, or several: both are refused."""
        value = self._value(place)
        if not isinstance(value, tuple):
            return str(value)
        values = cast("Values", value)
        if not values:
            raise _nothing(place, label)
        if len(values) > 1:
            raise MacroError(f"{label}: {{{place}}} has {len(values)} values; use a macro with first or join")
        return "".join(values)

    def _whole(self, place: str, *, identifies: bool) -> object:
        """Return what is given for *place* as it is; an attribute without a value is null, as a macro would make it."""
        value = self._value(place)
        if value != ():
            return value
        if identifies:
            raise _nothing(place, self._body)
        return None

    def _value(self, place: str) -> object:
        if place not in self._known:
            raise ConfigurationError(
                f'endpoint "{self._name}": nothing is given for {{{place}}}',
                hint="{base_url} is always known; `keepstep endpoint test` takes others by --value NAME=TEXT",
            )
        return self._known[place]


def _nothing(place: str, label: str) -> IdentifierEmpty:
    return IdentifierEmpty(f"{label}: {{{place}}} gives nothing, and this says whom or what the call is about")
