"""The table of macro functions: the macro chooser, the docs page and completion are made from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keepstep.core.macro_code import CODE_FUNCTIONS
from keepstep.core.macro_function import Function
from keepstep.core.macro_list import LIST_FUNCTIONS
from keepstep.core.macro_parts import PART_FUNCTIONS
from keepstep.core.macro_text import TEXT_FUNCTIONS
from keepstep.core.macro_time import TIME_FUNCTIONS

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {row.name: row for row in (*TEXT_FUNCTIONS, *PART_FUNCTIONS, *CODE_FUNCTIONS, *TIME_FUNCTIONS, *LIST_FUNCTIONS)}
)
"""Every function by name."""
