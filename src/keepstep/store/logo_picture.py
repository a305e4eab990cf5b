"""A picture that somebody uploaded, made anew: of what was sent nothing is kept but how it looks."""

import struct
from io import BytesIO
from typing import Final

from keepstep.errors import UsageError

MOST_BYTES: Final = 1024 * 1024
SIDE: Final = 256
"""The longest side of a logo, in pixels."""

_LONGEST: Final = 4096
_KINDS: Final = ("PNG", "JPEG", "GIF", "WEBP")


def logo_picture(content: bytes) -> bytes:
    """Return *content* as a PNG of at most SIDE pixels a side, of its first frame, without anything else in it.

    What it is, its content says and no name. UsageError for more than MOST_BYTES, for more pixels than 4,096 a side
    (they are counted before any is read), and for what is no picture of a known kind.
    """
    from PIL import Image

    if len(content) > MOST_BYTES:
        raise UsageError(f"the logo is larger than {MOST_BYTES:,} bytes", hint="save it smaller: 256 pixels are enough")
    try:
        with Image.open(BytesIO(content), formats=_KINDS) as picture:
            if max(picture.size) > _LONGEST:
                raise UsageError(f"the logo has more than {_LONGEST:,} pixels a side", hint="save it smaller")
            drawn = picture.convert("RGBA")
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as exc:
        raise UsageError("this is no picture that can be read", hint=f"send one of {', '.join(_KINDS)}, whole") from exc
    drawn.thumbnail((SIDE, SIDE))
    made = Image.new("RGBA", drawn.size)
    made.paste(drawn)
    out = BytesIO()
    made.save(out, "PNG", optimize=True)
    return out.getvalue()
