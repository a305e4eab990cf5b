"""Where the secrets of an installation may come from, by the settings of its process."""

from collections.abc import Mapping

from keepstep.core.secret_command import SecretCommand
from keepstep.settings import Settings
from keepstep.store.config_file import parse
from keepstep.store.guarded_file import deciding_text
from keepstep.store.secret_sources import SecretPremises
from keepstep.usecases.allow_secret_commands import allow_secret_commands


def secret_premises(settings: Settings) -> SecretPremises:
    """Return where secrets may come from by *settings*; which programs may be called, a file of its owner says."""
    file = settings.secret_commands_file

    def commands() -> Mapping[str, SecretCommand]:
        if settings.secret_commands is None and not file.exists():
            return {}
        return allow_secret_commands(parse(deciding_text(file), name=file.name))

    return SecretPremises(
        home=settings.home,
        folders=settings.folders_of_secrets,
        environment=settings.environment,
        commands=commands,
    )
