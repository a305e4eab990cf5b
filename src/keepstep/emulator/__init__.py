"""An emulator of the Infobip HTTP API: people, tags, attributes, sends, agents and keys, over real HTTP.

A part of the product for trials, demonstrations and tests without an account. It knows nothing of the rest of the
package.
Each behaviour that could not be verified is a switch (`RULES`); it misbehaves on demand (`FAULTS`).
"""

from keepstep.emulator.auth import ALL_SCOPES, Credentials
from keepstep.emulator.clock import ManualClock
from keepstep.emulator.emulator import Emulator
from keepstep.emulator.faults import FAULTS, parse_fault
from keepstep.emulator.replies import EmulatorError
from keepstep.emulator.rules import RULES, Rules, parse_rules
from keepstep.emulator.server import create_app, running, running_in_thread, serve

__all__ = [
    "ALL_SCOPES",
    "FAULTS",
    "RULES",
    "Credentials",
    "Emulator",
    "EmulatorError",
    "ManualClock",
    "Rules",
    "create_app",
    "parse_fault",
    "parse_rules",
    "running",
    "running_in_thread",
    "serve",
]
