"""Groups of commands of which one may be left out: `keepstep plan RULE` is short for `keepstep plan make RULE`."""

from typing import ClassVar

import typer
from typer.core import TyperGroup


class ShortGroup(TyperGroup):
    """A group whose command *short* is meant where none is named."""

    short: ClassVar = ""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # pyright: ignore[reportIncompatibleMethodOverride] - same class, public name
        """Parse *args*, with the command put in that may be left out."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.short, *args]
        return super().parse_args(ctx, args)


class MakeGroup(ShortGroup):
    """`plan RULE` is short for `plan make RULE`."""

    short = "make"


class ShowGroup(ShortGroup):
    """`compare RULE` is short for `compare show RULE`."""

    short = "show"
