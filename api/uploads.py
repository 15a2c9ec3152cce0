"""Take a file that comes as a form: who may send it is known before any of it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from api.problems import Problem, invalid

MIB: Final = 1024 * 1024
_MULTIPART: Final = "multipart/form-data"
_FIELD_BYTES: Final = 4096


def form_docs(
    *,
    about_file: str | None = None,
    fields: dict[str, Any] | None = None,
    required: Sequence[str] = ("file",),
) -> dict[str, Any]:
    """Return what OpenAPI says of a form with a file and ``fields`` (JSON schemas by name)."""
    file = {"type": "string", "format": "binary"}
    if about_file is not None:
        file["description"] = about_file
    schema = {
        "type": "object",
        "required": list(required),
        "properties": {"file": file, **(fields or {})},
    }
    return {"requestBody": {"required": True, "content": {_MULTIPART: {"schema": schema}}}}


@asynccontextmanager
async def form_of(
    request: Request, *, most_fields: int = 5, what: str = "文件"
) -> AsyncIterator[FormData]:
    """Read the form within a route: a parameter would read it before the caller is refused.

    Raises Problem 415 for a body that is no form.
    """
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media != _MULTIPART:
        words = f"请以 {_MULTIPART} 发送，{what}放在 file 项。"
        raise Problem("unsupported-media-type", words)
    async with request.form(
        max_files=1, max_fields=most_fields, max_part_size=_FIELD_BYTES
    ) as form:
        yield form


def file_of(
    form: FormData, *, most_bytes: int, what: str = "文件", advice: str = "请分开导入"
) -> UploadFile:
    """Return the file of a form; raise Problem for none (422) or one above the limit (413)."""
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise invalid(f"缺少{what}（file）。", field="file", reason="missing")
    if (file.size or 0) > most_bytes:
        words = f"{what}超过{most_bytes // MIB} MiB，{advice}。"
        raise Problem("body-too-large", words, {"limit_bytes": most_bytes})
    return file


def texts_of(form: FormData) -> dict[str, str]:
    """Return the fields of a form that are texts."""
    return {name: value for name, value in form.items() if isinstance(value, str)}
