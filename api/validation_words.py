"""Say in Chinese what is wrong with an input; never repeat the input itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WORDS: Mapping[str, str] = {
    "missing": "缺少必填项",
    "json_invalid": "不是有效的 JSON",
    "string_type": "应为文字",
    "string_too_long": "文字过长",
    "string_too_short": "不能为空",
    "string_pattern_mismatch": "格式不正确",
    "float_type": "应为数值",
    "float_parsing": "应为数值",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为 true 或 false",
    "finite_number": "应为有限的数值",
    "greater_than_equal": "数值过小",
    "greater_than": "数值过小",
    "less_than_equal": "数值过大",
    "less_than": "数值过大",
    "literal_error": "不在可选值之内",
    "enum": "不在可选值之内",
    "uuid_parsing": "编号格式不正确",
    "uuid_type": "编号格式不正确",
    "extra_forbidden": "不认识此项",
    "model_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象",
    "dict_type": "应为 JSON 对象",
    "list_type": "应为 JSON 数组",
    "too_long": "内容过长",
    "too_short": "不能为空或过短",
    "bytes_type": "应为 JSON 对象",
}


def explain_errors(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Return ``[{field, reason, message}]`` for pydantic's error list."""
    explained: list[dict[str, str]] = []
    for error in errors[:20]:
        kind = str(error.get("type", "invalid"))
        location = error.get("loc", ())
        # The name of an unknown member is input, not ours: name only where it was found.
        field = _field(location[:-1] if kind == "extra_forbidden" else location)
        context = error.get("ctx") or {}
        # Our own validators raise with a slug and a sentence (see api/input_types.py).
        if kind.startswith("wangge."):
            reason, message = kind.removeprefix("wangge."), str(context.get("message", ""))
        else:
            reason, message = kind, f"{field or '输入'}：{_WORDS.get(kind, '不符合要求')}。"
        explained.append({"field": field, "reason": reason, "message": message})
    return explained


def _field(location: Sequence[Any]) -> str:
    # A key of the input may be hostile text: only names made of letters of ours are repeated.
    parts = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    return ".".join(part for part in parts if part.isascii() and part.replace("_", "").isalnum())[
        :80
    ]
