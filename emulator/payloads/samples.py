"""Small real files for attachments: a PNG, an Ogg Opus voice note, a PDF; each one different from the last."""

import itertools
import secrets
import struct
import zlib

from core.messages import Struct

_number = itertools.count(1)


class Attached(Struct):
    """A file that a customer sent, and where the product can fetch it."""

    data: bytes
    mime: str
    name: str
    ref: str = ""
    url: str = ""


def sample(kind: str) -> Attached:
    """A file of this kind with contents that no earlier sample had."""
    number = next(_number)
    if kind in ("voice", "audio"):
        return Attached(
            data=ogg(b"sample-%d-%s" % (number, secrets.token_hex(4).encode())), mime="audio/ogg", name="voice.ogg"
        )
    if kind == "document":
        return Attached(data=pdf(f"Orkesta sample {number}"), mime="application/pdf", name=f"documento_{number}.pdf")
    if kind == "video":
        return Attached(data=mp4(number), mime="video/mp4", name="video.mp4")
    return Attached(data=png(number), mime="image/png", name=f"imagen_{number}.png")


def png(seed: int, size: int = 96) -> bytes:
    """A colour gradient as PNG."""
    red, green = (seed * 67) % 200 + 40, (seed * 31) % 200 + 40
    rows = b"".join(
        b"\0" + b"".join(bytes((red, (green + y) % 256, (x * 255) // size)) for x in range(size)) for y in range(size)
    )
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in chunks)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def ogg(comment: bytes, seconds: float = 1.0) -> bytes:
    """A silent Opus voice note; the comment makes its bytes unique."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 7) + b"Orkesta" + struct.pack("<II", 1, len(comment)) + comment
    frames = [b"\xf8\xff\xfe"] * int(seconds * 50)  # a silent frame of 20 ms
    return _ogg_page([head], 0, 0, flags=2) + _ogg_page([tags], 1, 0) + _ogg_page(frames, 2, len(frames) * 960, flags=4)


def _ogg_page(packets: list[bytes], number: int, granule: int, flags: int = 0) -> bytes:
    lengths = bytes(len(packet) for packet in packets)
    page = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 1, number, 0, len(packets))
    page += lengths + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_crc(page)) + page[26:]


def _ogg_crc(page: bytes) -> int:
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def pdf(text: str) -> bytes:
    """A one-page PDF with a line of text."""
    stream = f"BT /F1 18 Tf 40 750 Td ({text}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def mp4(seed: int) -> bytes:
    """The first boxes of an MP4 file: enough for a type check."""
    free = struct.pack(">I4sQ", 16, b"free", seed)
    return struct.pack(">I4s4sI8s", 24, b"ftyp", b"isom", 512, b"isommp42") + free
