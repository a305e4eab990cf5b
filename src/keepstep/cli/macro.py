"""`keepstep macro`: what can stand in `{{ … }}`, and texts with `%attribute%` turned into it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown, tell

if TYPE_CHECKING:
    from keepstep.core.macro_catalogue import MacroWord

Word = Annotated[str, typer.Argument(help="Only what has this in its name or meaning.")]
Column = Annotated[
    list[str] | None, typer.Option("--column", help="A name beside the attributes of users; may be repeated.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="What can stand in {{ … }}, and conversion of %attribute%.", no_args_is_help=True)
    group.command("list")(with_data(list_words, server=True))
    group.command("convert")(with_data(convert, server=True))
    app.add_typer(group, name="macro")


def list_words(invocation: Invocation, word: Word = "") -> None:
    """List the names and the functions of macros, each with an example and what it gives."""
    from keepstep.core.macro_catalogue import MacroCatalogue, macro_catalogue

    known = macro_catalogue()
    found = MacroCatalogue(names=_with(word, known.names), functions=_with(word, known.functions))
    if invocation.json:
        say_json(found)
        return
    if not (found.names or found.functions):
        say([f'nothing about "{shown(word)}"; `keepstep macro list` prints all'])
    for heading, words in (("Name", found.names), ("Function", found.functions)):
        if words:
            rows = [(one.write, one.meaning, one.example, " and ".join(one.result)) for one in words]
            say_table((heading, "Gives", "Example", "Result"), rows)
            say([""])


def _with(word: str, words: "tuple[MacroWord, ...]") -> "tuple[MacroWord, ...]":
    folded = word.casefold()
    return tuple(one for one in words if folded in one.name.casefold() or folded in one.meaning.casefold())


def convert(invocation: Invocation, *, column: Column = None) -> None:
    """Read a text from the standard input and print it with every %attribute% as {{ attribute }}.

    Names that are known: attributes of users, and columns named by --column. What was converted is told beside it.
    """
    from keepstep.core.directory_schema import users_schema
    from keepstep.core.macro_tree import Names
    from keepstep.core.percent_macro import convert_percent_macros

    names = Names.of_schema(users_schema()).with_more(column or ())
    result = convert_percent_macros(sys.stdin.read(), names.spelling)
    if invocation.json:
        say_json(result)
        return
    sys.stdout.write(result.text)
    sys.stdout.flush()
    tell(Line(f"converted {shown(old)} to {shown(new)}", "good") for old, new in result.found)
    tell(Line(f"left {shown(text)} as it is: no such name is known", "change") for text in result.left)
    if not (result.found or result.left):
        tell(["there was nothing to convert"])
