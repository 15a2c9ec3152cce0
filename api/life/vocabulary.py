"""Name the words of a report's life and their labels: statuses, steps, reasons, outcomes."""

from __future__ import annotations

from collections.abc import Mapping

STATUS_LABELS: Mapping[str, str] = {
    "awaiting_decision": "待研判",
    "assigned": "待签收",
    "accepted": "办理中",
    "on_site": "已到场",
    "return_pending": "退单待审",
    "passed_up": "已上报",
    "summoned": "吹哨中",
    "suspended": "已挂起",
    "extension_pending": "延期待批",
    "handled": "待核查",
    "replied": "已答复",
    "followed_up": "已回访",
    "closed": "已结案",
    "reopened": "重办中",
    "merged": "已并单",
    "out_of_area": "不属本旗",
    "void": "已作废",
}
# Nothing but reopening leads out of these; a rating or a call may still be written down.
FINAL = frozenset({"closed", "void", "out_of_area"})
OPEN = frozenset(STATUS_LABELS) - FINAL - {"merged"}
# Somebody was given the report and has not signed yet: its sender stays answerable.
UNSIGNED = frozenset({"assigned", "passed_up", "reopened"})
WORKING = frozenset({"accepted", "on_site", "summoned"})
# Whatever the holder was doing: who is gone, or whose grid it no longer is, keeps no report.
TAKEN = UNSIGNED | WORKING | {"return_pending", "extension_pending", "suspended"}
HANDED_ON = TAKEN | {"awaiting_decision"}

STEP_LABELS: Mapping[str, str] = {
    "triage": "研判",
    "confirm_grid": "确认归属",
    "direct_reply": "当场答复",
    "split": "拆单",
    "route": "派单",
    "reassign": "转派",
    "withdraw": "撤回派单",
    "claim": "认领",
    "accept": "签收",
    "arrive": "到场",
    "handle": "登记处置",
    "reply": "答复",
    "verify": "核查",
    "rate": "评价",
    "return": "申请退单",
    "pass_up": "上报",
    "summon": "吹哨",
    "consult_jointly": "联席会商",
    "urge": "催办",
    "supervise": "督办",
    "extend": "申请延期",
    "suspend": "挂起",
    "resume": "恢复办理",
    "grant": "同意",
    "refuse": "不同意",
    "merge": "并单",
    "unmerge": "撤销并单",
    "follow_up": "回访",
    "reopen": "重办",
    "close": "结案",
    "void": "作废",
    "handoff": "转紧急热线",
}
# What happens by the clock is an event too, taken by nobody.
CLOCK_LABELS: Mapping[str, str] = {
    "intake": "受理",
    "counted_as_signed": "退单逾期未审，视为签收",
    "suspension_ended": "挂起到期，恢复办理",
    "remind": "提醒",
    "recounted": "日历更新，重算时限",
    "moved": "位置或界线变动，重新确定办理人",
}
STAGES = (
    "intake",
    "triage",
    "routing",
    "handling",
    "supervision",
    "reply",
    "verification",
    "rating",
)
RETURN_REASONS: Mapping[str, str] = {
    "not_my_grid": "不属本网格",
    "not_grid_matter": "不属网格事项",
    "not_our_duty": "不属本部门职责",
    "address_unclear": "地址不清",
    "duplicate": "重复件",
    "needs_superior": "需上级协调",
    "conflict_of_interest": "涉及本人需回避",
    "other": "其他",
}
# How much work somebody has is not among them: load never moves a report.
REASSIGN_REASONS: Mapping[str, str] = {
    "absent": "不在岗",
    "wrong_post": "派错岗位",
    "not_grid_matter": "不属网格事项",
    "conflict_of_interest": "涉及本人需回避",
    "other": "其他",
}
OUTCOMES: Mapping[str, str] = {
    "resolved": "已解决",
    "partly_resolved": "部分解决",
    "explained": "已解释（暂不具备条件）",
    "unfounded": "诉求不成立",
    "untrue": "不属实",
    "unreachable": "无法联系",
    "mediated": "调解成功",
    "mediation_failed": "调解未成",
    "referred": "引导仲裁诉讼",
}
RESOLVED: Mapping[str, str] = {"yes": "已解决", "partly": "部分解决", "no": "未解决"}
SATISFIED: Mapping[str, str] = {
    "satisfied": "满意",
    "fairly": "基本满意",
    "dissatisfied": "不满意",
    "no_answer": "未接通",
}
SEVERITIES: Mapping[int, str] = {1: "一般", 2: "较大", 3: "重大", 4: "特别重大"}
LEVEL_LABELS: Mapping[str, str] = {
    "grid": "网格",
    "community": "村（社区）",
    "township": "苏木乡镇（街道）",
    "county": "旗",
    "department": "部门",
}
HOTLINES = ("110", "119", "120", "燃气抢险")
