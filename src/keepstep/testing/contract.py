"""What every connector promises, as checks that any of them has to pass over a real system.

Each check is a coroutine that takes a `Subject` and raises AssertionError with a sentence. A test module writes:

    @pytest.mark.parametrize("check", checks(CAPABILITIES), ids=lambda check: check.__name__)
    async def test_the_connector_keeps_the_contract(check, subject):
        await check(subject)
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from keepstep.core.plan import ActionKind
from keepstep.testing import browsing_checks, directory_checks, read_only_checks, reading_checks, writing_checks
from keepstep.testing.subject import Subject

Check = Callable[[Subject], Awaitable[None]]

_NEEDS: Final[Mapping[str, ActionKind]] = MappingProxyType(
    {
        "check_disable_and_enable": ActionKind.DISABLE,
        "check_delete_removes_one_object_for_good": ActionKind.DELETE,
    }
)


def checks(capabilities: frozenset[ActionKind]) -> tuple[Check, ...]:
    """Return the checks that a connector with *capabilities* has to pass, in a fixed order.

    One that can do nothing is only read: its `Subject` needs *make*.
    """
    if not capabilities:
        return (*_checks_of(reading_checks), *_checks_of(read_only_checks))
    return tuple(
        check
        for check in (*_checks_of(reading_checks), *_checks_of(writing_checks))
        if _NEEDS.get(check.__name__) in {None, *capabilities}
    )


def checks_of_directories() -> tuple[Check, ...]:
    """Return what a directory of users and groups (Active Directory, LDIF) has to pass beside `checks`."""
    return _checks_of(directory_checks)


def checks_of_browsing() -> tuple[Check, ...]:
    """Return what every directory that a person can look around in has to pass."""
    return _checks_of(browsing_checks)


def _checks_of(module: ModuleType) -> tuple[Check, ...]:
    return tuple(check for name, check in vars(module).items() if name.startswith("check_"))
