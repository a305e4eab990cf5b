"""How long operators stay signed in, as the configuration says it."""

from datetime import timedelta
from typing import Final

from keepstep.core.duration import Duration, parse_duration
from keepstep.core.spec import Spec

FRESH_FOR: Final = timedelta(minutes=10)
"""How long after a proof of who they are somebody may do what needs a fresh one."""


class SignInSpec(Spec):
    """How long a session lasts: *idle* without a request, *longest* in any case."""

    idle: Duration = "30m"
    longest: Duration = "12h"

    @property
    def idle_for(self) -> timedelta:
        """After how long without a request a session ends."""
        return parse_duration(self.idle)

    @property
    def lasts(self) -> timedelta:
        """After how long a session ends in any case."""
        return parse_duration(self.longest)
