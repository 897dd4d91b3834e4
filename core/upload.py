"""The file of an upload: the first one of a form (multipart), or the body as it is."""

from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.requests import Request

from core.errors import Invalid

_FORM = "multipart/form-data"


class Upload(NamedTuple):
    """A file, and the form's other fields beside the query's."""

    name: str
    data: bytes
    fields: dict[str, str]

    def flag(self, name: str) -> bool:
        """Whether a field says yes."""
        return self.fields.get(name, "").lower() in ("1", "true", "yes", "on")


async def uploaded(request: Request) -> Upload:
    """Read it; raises Invalid when there is none."""
    fields = dict(request.query_params)
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        data = await request.body()
        return _given(Upload(fields.get("filename", "catalog"), data, fields))
    async with request.form(max_files=1, max_fields=20) as form:
        fields |= {name: value for name, value in form.items() if isinstance(value, str)}
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        data = await files[0].read() if files else b""
        return _given(Upload(files[0].filename or "catalog" if files else "", data, fields))


def _given(upload: Upload) -> Upload:
    if not upload.data.strip():
        raise Invalid("there is no file: send it as the body, or as the field `file` of a form")
    return upload._replace(name=upload.name[:200].replace("\x00", ""))
