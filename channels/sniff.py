"""What a file really is, by its first bytes: what a sender or a server says about it is only a hint."""

MAGIC: tuple[tuple[int, bytes, str], ...] = (  # offset, bytes, type
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"#!AMR", "audio/amr"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)
# Kinds that a browser would run as a page or a program: they are never shown as such.
ACTIVE = ("html", "javascript", "ecmascript", "svg", "+xml", "/xml", "x-msdownload", "x-sh")
# A box of these kinds may hold sound or pictures: the declaration decides.
EITHER = {
    ("video/mp4", "audio/mp4"), ("audio/ogg", "video/ogg"), ("video/3gpp", "audio/3gpp"), ("video/webm", "audio/webm"),
}  # fmt: skip
UNKNOWN = "application/octet-stream"


def media_type(head: bytes, declared: str) -> str:
    """Return the type of a file from its first bytes, else the declared one when that is harmless."""
    plain = declared.partition(";")[0].strip().lower()
    for offset, magic, found in MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return plain if (found, plain) in EITHER else found
    looks_active = head.lstrip()[:1] == b"<" or head[:2] in (b"MZ", b"#!")
    if looks_active or not _is_type(plain) or any(word in plain for word in ACTIVE):
        return UNKNOWN
    return plain


def _is_type(value: str) -> bool:
    kind, _, name = value.partition("/")
    letters = (kind + name).replace("-", "").replace("+", "").replace(".", "").replace("_", "")
    return bool(kind and name) and len(value) <= 100 and letters.isascii() and letters.isalnum()
