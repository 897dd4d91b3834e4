"""Pictures that customers send in load and fault runs: a webhook names one, the sink serves its bytes."""

import random
from functools import lru_cache
from urllib.parse import parse_qs

import msgspec

from bench.httpd import Call, Given
from emulator.payloads.samples import Attached, png

CHANNELS = ("whatsapp_cloud", "telegram")  # the ones whose files are looked up, then downloaded
MIME = "image/png"
_MORE_BYTES = 40_000


@lru_cache(maxsize=256)
def picture(ref: str) -> Attached:
    """The file with this id: a PNG whose bytes no other id has, the same whenever it is asked for."""
    data = _base() + random.Random(ref).randbytes(_MORE_BYTES)  # behind its end a PNG may carry anything
    return Attached(data=data, mime=MIME, name=f"{ref}.png", ref=ref)


@lru_cache(maxsize=1)
def _base() -> bytes:
    return png(1)


def served(channel: str, path: str, call: Call, base: str) -> Given | None:
    """Answer a look-up with the link, a link with the bytes; None for what asks for no picture."""
    if channel not in CHANNELS:
        return None
    if path.startswith("file/"):
        return Given(200, picture(path.rpartition("/")[2]).data, mime=MIME)
    if channel == "whatsapp_cloud":
        return _graph(path.rpartition("/")[2], base) if call.method == "GET" else None
    return _bot_api(call) if path.endswith("/getFile") else None


def _graph(ref: str, base: str) -> Given:
    """What the Graph API says about a media id: a link on the host that the account's calls go to."""
    link = {"messaging_product": "whatsapp", "id": ref, "mime_type": MIME, "url": f"{base}/file/{ref}"}
    return Given(200, msgspec.json.encode(link))


def _bot_api(call: Call) -> Given:
    """What getFile says: the path below `file/bot<token>/`."""
    ref = parse_qs(call.body.decode())["file_id"][0]
    file = {"file_id": ref, "file_unique_id": ref[-12:], "file_path": f"photos/{ref}"}
    return Given(200, msgspec.json.encode({"ok": True, "result": file}))
