// The words of the phone page: its lists, ready phrases, what each step is for.

export const TABS = [
  { key: "unsigned", label: "待签收", empty: "没有待签收的诉求" },
  { key: "working", label: "办理中", empty: "没有办理中的诉求" },
  { key: "today", label: "今日", empty: "今天还没有诉求" },
  { key: "done", label: "已办", empty: "还没有已办的诉求" },
];

const UNSIGNED = new Set(["awaiting_decision", "assigned", "passed_up", "reopened"]);
const WORKING = new Set(["accepted", "on_site", "summoned", "return_pending", "extension_pending", "suspended"]);

/** The list that a report of mine belongs to by its status. */
export function tabOf(report) {
  // A department that is waited for at the place; it said that it came, and the caller confirms it.
  if (report.own_summons) return report.own_summons.reported_at ? "working" : "unsigned";
  if (UNSIGNED.has(report.status)) return "unsigned";
  return WORKING.has(report.status) ? "working" : "done";
}

// What a worker finds and mends on the way; one touch reports it and closes it.
export const ON_THE_SPOT = [
  { category: "cg03", label: "垃圾已清理", text: "巡查发现垃圾，已当场清理。" },
  { category: "jt02", label: "乱停车已挪", text: "巡查发现乱停车，已联系挪走。" },
  { category: "aq01", label: "楼道已清通", text: "巡查发现楼道堆物，已当场清理通畅。" },
  { category: "aq02", label: "飞线已拆", text: "巡查发现电动车飞线充电，已劝导拆除。" },
  { category: "cg09", label: "积雪已清", text: "巡查发现路面积雪结冰，已组织清扫。" },
  { category: "cg08", label: "犬只已劝导", text: "巡查发现犬只扰民，已劝导登记。" },
  { category: "cg07", label: "噪声已劝导", text: "巡查发现噪声扰民，已当场劝导。" },
  { category: "jf01", label: "纠纷已调解", text: "邻里纠纷，已当场调解。" },
  { category: "ms06", label: "便民已帮办", text: "上门为老年人、残疾人帮办，已办妥。" },
  { category: "aq06", label: "取暖已提醒", text: "入户提醒燃煤取暖通风，防一氧化碳中毒。" },
];

export const DONE_PHRASES = ["已到现场处理完毕。", "已清理干净。", "已劝导，对方已改正。", "已调解，双方同意。", "已向群众解释清楚。", "现场核实，未发现所述情况。"];
export const UP_PHRASES = ["需乡镇协调解决。", "需执法部门到场。", "需专业队伍处理。", "涉及多个村（社区）。"];
export const LATER_PHRASES = ["需等待材料或设备。", "当事人不在家，需再次上门。", "天气原因暂时不能施工。"];
export const EMPTY_PHRASES = [];

// The one thing that is most likely to be pressed next stands alone and large.
export const MAIN_STEPS = ["confirm_grid", "accept", "arrive", "close", "handle", "resume", "grant"];
export const OTHER_STEPS = ["return", "pass_up", "extend", "suspend", "summon", "handle", "close", "resume", "claim", "grant", "refuse", "verify", "reply", "handoff", "withdraw", "urge"];

// What a step is called below the thumb where that is not what it is called at the desk.
export const STEP_LABELS = {
  close: "办结",
  handle: "登记处置（交上级核查）",
  return: "退单",
  suspend: "申请挂起",
  reply: "答复群众",
};

export const STEP_EFFECTS = {
  close: "办结后诉求结案。",
  handle: "登记后由派单的一方核查，核查通过再答复群众。",
  return: "退回派单的一方，4个工作小时内审核；逾期不审，视为您已签收。",
  pass_up: "交上一级办理，对方签收前仍由您跟进。",
  extend: "批准后办结时限顺延。",
  suspend: "批准后暂停计时，到期自动恢复。",
  summon: "请部门到现场，对方到场后由您确认。",
};

// The words of the county come with /v1/life; without a network, or before, these stand in.
export const LIFE = {
  steps: {},
  return_reasons: [
    { key: "not_my_grid", label: "不属本网格" },
    { key: "not_grid_matter", label: "不属网格事项" },
    { key: "address_unclear", label: "地址不清" },
    { key: "duplicate", label: "重复件" },
    { key: "needs_superior", label: "需上级协调" },
    { key: "conflict_of_interest", label: "涉及本人需回避" },
    { key: "other", label: "其他" },
  ],
  outcomes: [
    { key: "resolved", label: "已解决" },
    { key: "partly_resolved", label: "部分解决" },
    { key: "explained", label: "已解释（暂不具备条件）" },
    { key: "unfounded", label: "诉求不成立" },
  ],
  hotlines: ["110", "119", "120", "燃气抢险"],
};
