"""`keepstep demo`: the main job on an embedded directory and an emulated Infobip."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
