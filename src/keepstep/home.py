"""The home folder: made once, and never written over."""

from importlib.resources import files
from pathlib import Path

from keepstep.errors import StoreError
from keepstep.settings import Settings
from keepstep.store.config_file import install
from keepstep.store.database import open_database, sqlite_url


def make_home(settings: Settings, *, starter: str = "") -> list[Path]:
    """Make what is missing of the home folder, readable by its owner only, and return what was made.

    *starter*: the text of keepstep.yaml, if there is none yet; else an example to fill in.
    """
    made: list[Path] = []
    try:
        if not settings.home.exists():
            settings.home.mkdir(mode=0o700, parents=True)
            made.append(settings.home)
        settings.home.chmod(0o700)
    except OSError as exc:
        raise StoreError(
            f"the home folder {settings.home} cannot be made: {exc.strerror}", hint="name another one with --home"
        ) from exc
    if settings.keys.make() and settings.key_place.in_file:
        made.append(settings.key_place.file or settings.key_file)
    if not settings.config_file.exists():
        install(settings.config_file, starter or example("starter.yaml"))
        made.append(settings.config_file)
    if not settings.database_url and not settings.database_file.exists():
        made.append(settings.database_file)
    open_database(settings.database_url or sqlite_url(settings.database_file)).close()
    return made


def example(*path: str) -> str:
    """Return the text of a file that is shipped as an example."""
    return files("keepstep.examples").joinpath(*path).read_text(encoding="utf-8")


def mode(path: Path) -> int:
    """Return who may do what with *path*, as chmod takes it."""
    return path.stat().st_mode & 0o777
