"""What a report of a fault tells a maintainer: where it happened, without what it happened with."""

import re
from typing import Final

_HEAD: Final = re.compile(r"keepstep [\w.+]+, Python [\w.+]+, [\w.\-+]+")
_FRAME: Final = re.compile(r'  File "([^"]*)", line (\d{1,7}), in ([\w<>.]{1,200})')
_BEGIN: Final = "Traceback (most recent call last):"
_FAULT: Final = re.compile(r"[A-Za-z_][\w.]{0,200}(?=:|$)")
_CODE: Final = re.compile(r".*?((?:keepstep|site-packages|lib/python3\.\d+)/[\w/.\-+]+\.py)")
_ELSEWHERE: Final = "elsewhere"


def story_of(report: str) -> str:
    """Return the frames of *report* and the kinds of its faults: no message, no value, no line of code."""
    lines = report.splitlines()
    told = [found[0] for line in lines[:1] if (found := _HEAD.match(line))]
    inside = False
    for line in lines[1:]:
        if line == _BEGIN:
            inside = True
            told.append(line)
        elif inside and (frame := _FRAME.fullmatch(line)):
            told.append(f'  File "{_place(frame[1])}", line {frame[2]}, in {frame[3]}')
        elif inside and not line.startswith(" "):
            inside = False  # what follows is the message, in as many lines as it has
            kind = _FAULT.match(line)
            told.append(kind[0] if kind else _ELSEWHERE)
    return "\n".join(told) + "\n"


def _place(path: str) -> str:
    found = _CODE.match(path)
    return found[1] if found else _ELSEWHERE
