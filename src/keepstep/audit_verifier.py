"""Proves an exported audit log with the public key and its checkpoints. Stands alone: one file, only Python itself.

    python3 audit_verifier.py --key KEY --checkpoints FILE_OR_FOLDER EXPORT [EXPORT ...]

It is written apart from what writes the log, shares no code with it, and can be copied to any machine with Python 3.11.
Exports are JSON, one record a line; several are read one after the other, such as the archives and then the export.
Exit code 0: nothing was changed. 1: the first bad record is named. 2: it was called wrongly.
"""

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

GENESIS: Final = "0" * 64

# Ed25519 as RFC 8032 section 6 writes it down. Nothing here is secret, so that nothing has to take equally long.
_P: Final = 2**255 - 19
_Q: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]


class BadLogError(Exception):
    """Something was changed; the message says what."""


def _add(a: _Point, b: _Point) -> _Point:
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    third, fourth = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2]
    e, f, g, h = right - left, fourth - third, fourth + third, right + left
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(a: _Point) -> _Point:
    x, y = a[0] * a[0] % _P, a[1] * a[1] % _P
    h, g = x + y, x - y
    e, f = h - (a[0] + a[1]) ** 2, 2 * a[2] * a[2] % _P + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _sum_of_products(one: int, a: _Point, two: int, b: _Point) -> _Point:
    """Return one times *a* and two times *b*, added, in one pass over the bits of both."""
    result: _Point = (0, 1, 1, 0)
    both = _add(a, b)
    for place in range(max(one.bit_length(), two.bit_length()) - 1, -1, -1):
        result = _double(result)
        first, second = one >> place & 1, two >> place & 1
        if first or second:
            result = _add(result, both if first and second else a if first else b)
    return result


def _point(packed: bytes) -> _Point | None:
    number = int.from_bytes(packed, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (not x and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_G_Y: Final = 4 * pow(5, -1, _P) % _P


def signed_by(public: bytes, content: bytes, signature: bytes) -> bool:
    """Return whether *signature* is an Ed25519 signature of *content* by the owner of *public*."""
    ground = _point(_G_Y.to_bytes(32, "little"))
    key = _point(public) if len(public) == 32 else None
    shown = _point(signature[:32]) if len(signature) == 64 else None
    scalar = int.from_bytes(signature[32:], "little")
    if ground is None or key is None or shown is None or scalar >= _Q:
        return False
    factor = int.from_bytes(hashlib.sha512(signature[:32] + public + content).digest(), "little") % _Q
    x, y, z, t = key
    found = _sum_of_products(scalar, ground, factor, (_P - x, y, z, _P - t))
    return not (found[0] - shown[0] * found[2]) % _P and not (found[1] - shown[1] * found[2]) % _P


@dataclass(frozen=True)
class Signed:
    """A checkpoint whose signature was found to be right: so many records, the last of them with *digest*."""

    count: int
    digest: str
    at: str


@dataclass(frozen=True)
class Result:
    """What holds: records *first* to *last* are unchanged, and up to *signed* nobody can have made them anew."""

    first: int
    last: int
    digest: str
    signed: int
    signed_at: str


def _exact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def read_checkpoint(line: str, public: bytes, where: str) -> Signed:
    """Return the checkpoint in *line*, maybe behind the head of a syslog message. BadLogError if it is none."""
    try:
        found = json.loads(line[line.index("{") :])
        count, digest, at, signature = found["count"], str(found["digest"]), str(found["at"]), str(found["signature"])
    except (ValueError, KeyError, TypeError):
        raise BadLogError(f"{where} is no checkpoint") from None
    content = _exact(["keepstep audit checkpoint 1", count, digest, at])
    if type(count) is not int or not signed_by(public, content, _base64(signature)):
        raise BadLogError(f"{where} was not signed with this key")
    return Signed(count, digest, at)


def read_checkpoints(paths: Iterable[Path], public: bytes) -> list[Signed]:
    """Return the checkpoints of files and folders, by their number. BadLogError names one that is not genuine.

    ValueError if there is none: nothing would be proven.
    """
    found: dict[int, Signed] = {}
    for path in paths:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                if not line.strip():
                    continue
                one = read_checkpoint(line, public, f"{file.name}, line {number},")
                if found.setdefault(one.count, one).digest != one.digest:
                    raise BadLogError(
                        f"two different logs of {one.count} records were signed: one of them was made anew"
                    )
    if not found:
        raise ValueError("there is no checkpoint: nothing would be proven")
    return [found[count] for count in sorted(found)]


def digest_of(record: Mapping[str, Any]) -> str:
    """Return the digest that *record* must have."""
    names = ["sequence", "at", "operator", "action", "subject", "detail", "previous"]
    if record.get("origin") or record.get("correlation"):
        names += ["origin", "correlation"]
    return hashlib.sha256(_exact([record[name] for name in names])).hexdigest()


def records_of(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the records of exports; a line that is none is an empty record, which is bad wherever it stands."""
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.strip():
                    try:
                        record = json.loads(line)
                    except ValueError:
                        record = {}
                    yield record if isinstance(record, dict) else {}


def verify(records: Iterable[Mapping[str, Any]], checkpoints: Sequence[Signed]) -> Result:
    """Return what holds; BadLogError names the first bad record.

    The records begin with number 1, or right behind a checkpoint. Every checkpoint at or behind that must fit.
    """
    signed = {one.count: one for one in checkpoints}
    first, last, digest, proven = 0, 0, GENESIS, Signed(0, GENESIS, "")
    for record in records:
        if not first:
            first, last, digest, proven = _begin(record, signed)
        expected = last + 1
        _check(record, expected, digest)
        last, digest = expected, str(record["digest"])
        if last in signed:
            _compare(proven, signed[last], digest)
            proven = signed[last]
    newest = checkpoints[-1] if checkpoints else proven
    if newest.count > last:
        raise BadLogError(f"record {last + 1} is missing: the log had {newest.count} when it was signed at {newest.at}")
    return Result(first or 1, last, digest, proven.count, proven.at)


def _begin(record: Mapping[str, Any], signed: Mapping[int, Signed]) -> tuple[int, int, str, Signed]:
    number = record.get("sequence")
    before = signed.get(number - 1) if type(number) is int else None
    if before is None or number == 1:
        return 1, 0, GENESIS, Signed(0, GENESIS, "")
    return before.count + 1, before.count, before.digest, before


def _check(record: Mapping[str, Any], expected: int, previous: str) -> None:
    number = record.get("sequence")
    if type(number) is int and number > expected:
        raise BadLogError(f"record {expected} is missing")
    try:
        genuine = number == expected and record["digest"] == digest_of(record)
    except (KeyError, TypeError):
        genuine = False
    if not genuine:
        raise BadLogError(f"record {expected} was altered, or another stands in its place")
    if record["previous"] != previous:
        raise BadLogError(f"record {expected} does not follow the record before it")


def _compare(proven: Signed, one: Signed, digest: str) -> None:
    if one.digest != digest:
        first = proven.count + 1
        which = f"record {first}" if first == one.count else f"one of the records {first} to {one.count}"
        raise BadLogError(f"{which} was rewritten: it is not what was signed at {one.at}")


def read_key(given: str) -> bytes:
    """Return the public key that is written in the file *given*, or is *given* itself, in Base64."""
    text = Path(given).read_text("utf-8").strip() if len(given) < 200 and Path(given).is_file() else given
    key = _base64(text)
    if len(key) != 32:
        raise ValueError("this is no public key: `keepstep audit key` prints it")
    return key


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the command line names, and say what was found."""
    parser = argparse.ArgumentParser(description="Prove an exported audit log of Keepstep.")
    parser.add_argument("--key", required=True, help="the public key, or a file with it")
    parser.add_argument("--checkpoints", required=True, action="append", type=Path, help="a file, or a folder of files")
    parser.add_argument("exports", nargs="+", type=Path, help="the records, oldest first")
    given = parser.parse_args(arguments)
    try:
        checkpoints = read_checkpoints(given.checkpoints, read_key(given.key))
        result = verify(records_of(given.exports), checkpoints)
    except BadLogError as bad:
        sys.stdout.write(f"{bad}\n")
        return 1
    except (OSError, ValueError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    sys.stdout.write(f"{told(result)}\n")
    return 0


def told(result: Result) -> str:
    """Return what holds, in words."""
    text = f"records {result.first} to {result.last} are unchanged"
    text = f"{text}; signed up to record {result.signed} at {result.signed_at}"
    unsigned = result.last - max(result.signed, result.first - 1)
    return f"{text}; the last {unsigned} were not signed yet" if unsigned else text


if __name__ == "__main__":
    sys.exit(main())
