"""Hold every refusal as an RFC 9457 problem: one table, words for people, no echo.

The web is not needed to refuse: commands refuse with these too (see api/problem_answers.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MEDIA_TYPE = "application/problem+json"

# slug → (status, title). docs/problems.md describes each; a test keeps the two together.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "malformed-body": (400, "请求体无法解析"),
    "unauthenticated": (401, "请先登录"),
    "wrong-credentials": (401, "用户名或密码不正确"),
    "forbidden": (403, "您没有此项权限"),
    "bad-csrf-token": (403, "页面已过期"),
    "password-change-required": (403, "请先修改密码"),
    "not-found": (404, "未找到"),
    "revision-required": (428, "缺少 If-Match"),
    "unknown-revision": (412, "没有这个版本"),
    "plan-not-draft": (409, "方案不在草案状态"),
    "edit-conflict": (409, "同一处界线已被修改"),
    "nothing-left": (409, "没有可撤销或重做的操作"),
    "plan-state": (409, "方案的状态不允许此步骤"),
    "plan-overtaken": (409, "底图已变，方案须重放"),
    "import-state": (409, "导入的状态不允许此步骤"),
    "same-person": (409, "起草人不能批准自己的方案"),
    "redraw-refused": (422, "此划界操作未被采用"),
    "no-holder": (422, "新网格没有网格员"),
    "method-not-allowed": (405, "不支持此操作"),
    "idempotency-conflict": (409, "相同编号的请求内容不同"),
    "source-number-conflict": (409, "该来源单号已受理且内容不同"),
    "outside-county": (409, "位置不在本旗范围内"),
    "illegal-step": (409, "当前状态不能执行此步骤"),
    "notice-state": (409, "此通知已有结果"),
    "roster-overlap": (409, "与现有安排重叠"),
    "still-in-use": (409, "仍有未结束的安排"),
    "term-over": (409, "此项安排已结束"),
    "place-changed": (409, "此地点已被他人修改"),
    "place-state": (409, "此地名的状态不允许此步骤"),
    "own-proposal": (409, "不能审批自己提出的建议"),
    "username-taken": (409, "用户名已被使用"),
    "body-too-large": (413, "请求体过大"),
    "unsupported-media-type": (415, "不支持的内容类型"),
    "invalid-input": (422, "输入有误"),
    "rows-refused": (422, "表格有误，没有导入"),
    "before-first-revision": (422, "该时间早于首版网格"),
    "idempotency-key-required": (422, "缺少 Idempotency-Key"),
    "weak-password": (422, "密码强度不足"),
    "too-many-requests": (429, "请求过于频繁"),
    "account-locked": (429, "账号已锁定"),
    "internal-error": (500, "服务出错"),
    "reporter-keys-missing": (503, "缺少来电人信息的密钥"),
    "unavailable": (503, "服务暂不可用"),
    "insufficient-storage": (507, "存储空间不足"),
}


@dataclass(slots=True)
class Problem(Exception):
    """Refuse a request with a slug of ``PROBLEMS``, a sentence for people and typed extras."""

    slug: str
    detail: str
    extras: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Return the HTTP status of the slug."""
        return PROBLEMS[self.slug][0]

    def body(self, instance: str) -> dict[str, Any]:
        """Return the problem document for the request path ``instance``."""
        status, title = PROBLEMS[self.slug]
        return {
            **self.extras,
            "type": f"/problems/{self.slug}",
            "title": title,
            "status": status,
            "detail": self.detail,
            "instance": instance,
        }


def invalid(detail: str, *, field: str, reason: str) -> Problem:
    """Return a 422 problem about one field of the input."""
    return Problem(
        "invalid-input",
        detail,
        {"reason": reason, "errors": [{"field": field, "reason": reason, "message": detail}]},
    )
