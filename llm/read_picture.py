"""`python -m llm.read_picture < picture`: prints the text in it as JSON; a process of its own for strangers' pictures.

Needs the extra `import` (rapidocr, onnxruntime). A picture that is no picture, or too large, ends it with status 1.
"""

import io
import json
import logging
import resource
import sys

import rapidocr
from PIL import Image

MOST_PIXELS = 40_000_000
_LONGEST_SIDE = 2_000
_MEMORY_BYTES = 3_000_000_000
_SURE = 0.6


def read(picture: bytes) -> list[str]:
    """The lines of text in a picture, from top to bottom."""
    opened = Image.open(io.BytesIO(picture))
    if opened.width * opened.height > MOST_PIXELS:
        raise ValueError("the picture is too large")
    whole = opened.convert("RGB")
    whole.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    found = rapidocr.RapidOCR(params={"Global.log_level": "error"})(whole)
    return [text for text, sure in zip(found.txts or (), found.scores or (), strict=True) if sure >= _SURE]


def main() -> None:
    """Read the picture from standard input, within bounds of memory."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    logging.disable(logging.CRITICAL)
    json.dump(read(sys.stdin.buffer.read()), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
