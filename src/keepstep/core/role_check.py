"""Whether the roles of a configuration fit what is in it."""

from collections.abc import Collection, Iterator

from keepstep.core.configuration import Configuration, Path, Problem
from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.role import ALL, BUILT_IN
from keepstep.core.suggest import did_you_mean


def role_misfits(configuration: Configuration) -> Iterator[Problem]:
    """Yield what is wrong with roles and with signing in: names that are taken, and what is named and not there."""
    for name, role in configuration.roles.items():
        where: Path = ("roles", name)
        if name in BUILT_IN:
            yield Problem(path=where, text=f'role "{name}" is always there: give yours another name', at_key=True)
        for path, text in role.faults():
            place: Path = (*where, *path)
            yield Problem(path=place, text=f"{'.'.join(map(str, place))}: {text}")
        listed: tuple[tuple[str, str | list[str], Collection[str]], ...] = (
            ("connections", role.connections, configuration.connections),
            ("rules", role.rules, configuration.rules),
            ("templates", role.templates, configuration.templates),
        )
        for word, names, known in listed:
            for position, one in enumerate(names if names != ALL else ()):
                if one not in known:
                    near = did_you_mean(one, known)
                    yield Problem(path=(*where, word, position), text=f'there is no {word[:-1]} "{one}"{near}')
    directories = [
        name for name, spec in configuration.connections.items() if isinstance(spec, ActiveDirectoryConnection)
    ]
    for path, text in configuration.sign_in.faults(directories, configuration.roles):
        yield Problem(path=("sign_in", *path), text=text)
