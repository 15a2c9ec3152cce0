// The labels of keys that the service sends. A key without a label is shown as it came.

export const LEVELS = ["county", "township", "community", "grid"];
export const LEVEL_WORDS = { county: "旗", township: "乡镇", community: "村／社区", grid: "网格" };
export const KIND_WORDS = { community: "社区网格", rural: "农村网格", dedicated: "专属网格" };

export const STATUS_WORDS = {
  awaiting_decision: "待研判",
  assigned: "待签收",
  accepted: "办理中",
  on_site: "已到场",
  return_pending: "退单待审",
  passed_up: "已上报",
  summoned: "吹哨中",
  suspended: "已挂起",
  extension_pending: "延期待批",
  handled: "待核查",
  replied: "已答复",
  followed_up: "已回访",
  closed: "已结案",
  reopened: "重办中",
  merged: "已并单",
  out_of_area: "不属本旗",
  void: "已作废",
};

/** Statuses with which a report has left the map of open ones. */
export const FINISHED = new Set(["closed", "merged", "out_of_area", "void"]);

export const LIGHTS = ["blue", "yellow", "orange", "red", "paused"];
export const LIGHT_WORDS = {
  blue: { sign: "○", colour: "蓝", word: "正常" },
  yellow: { sign: "△", colour: "黄", word: "过半" },
  orange: { sign: "◇", colour: "橙", word: "临期" },
  red: { sign: "■", colour: "红", word: "超期" },
  paused: { sign: "‖", colour: "灰", word: "暂停计时" },
};

export const DECISION_WORDS = { auto: "自动派单", confirm: "待确认", desk: "人工研判" };

export const CHANNEL_WORDS = {
  hotline_12345: "12345热线",
  app: "APP",
  wechat: "微信",
  patrol: "网格员巡查",
  walk_in: "来访窗口",
  other_system: "其他系统",
};

/** What is done to a report; a county may name a step otherwise (/v1/life). */
export const STEP_WORDS = {
  triage: "研判",
  confirm_grid: "确认归属",
  direct_reply: "当场答复",
  split: "拆单",
  route: "派单",
  reassign: "转派",
  withdraw: "撤回派单",
  claim: "认领",
  accept: "签收",
  arrive: "到场",
  handle: "登记处置",
  reply: "答复",
  verify: "核查",
  rate: "评价",
  return: "申请退单",
  pass_up: "上报",
  summon: "吹哨",
  consult_jointly: "联席会商",
  urge: "催办",
  supervise: "督办",
  extend: "申请延期",
  suspend: "挂起",
  resume: "恢复办理",
  grant: "同意",
  refuse: "不同意",
  merge: "并单",
  unmerge: "撤销并单",
  follow_up: "回访",
  reopen: "重办",
  close: "结案",
  void: "作废",
  handoff: "转紧急热线",
};

/** Steps that need nothing said with them: one press takes them. */
export const PLAIN_STEPS = new Set(["accept", "arrive", "resume", "claim", "urge", "withdraw", "unmerge"]);

export const POST_WORDS = {
  grid_lead: "网格长",
  full_time_grid_worker: "专职网格员",
  part_time_grid_worker: "兼职网格员",
  party_group_lead: "网格党小组组长",
  building_lead: "楼栋长",
  unit_lead: "单元长",
  household_cluster_lead: "联户长",
  first_secretary: "第一书记",
  community_desk: "村（社区）值班",
  township_desk: "乡镇值班室",
  county_desk: "旗中心值班",
};

export const PLACE_WORDS = {
  ...LEVEL_WORDS,
  compound: "小区",
  building: "楼栋",
  unit: "单元",
  poi: "地点",
  road: "道路",
  hamlet: "村民小组",
  lane: "巷道",
  kilometre_post: "公里桩",
};

/** Everything that a history or the stream tells: steps, the clock, and what is written beside them. */
export const EVENT_WORDS = {
  ...STEP_WORDS,
  intake: "受理",
  counted_as_signed: "退单逾期未审，视为签收",
  suspension_ended: "挂起到期，恢复办理",
  remind: "提醒",
  recounted: "日历更新，重算时限",
  moved: "位置或界线变动，重新确定办理人",
  received: "受理",
  routed: "派单",
  left: "移出本辖区",
  changed: "更新",
  photo_added: "添加照片",
  photo_withdrawn: "撤回照片",
  notified_by_phone: "已电话通知",
  reporter_erased: "来电人信息已删除",
};

export const AUDIT_WORDS = {
  login: "登录",
  logout: "退出",
  password_changed: "修改密码",
  account_created: "新建账号",
  account_lock: "锁定账号",
  account_unlock: "解锁账号",
  account_person: "关联人员",
  account_password: "重置密码",
  locked_after_wrong_passwords: "连续输错密码锁定",
  reporter_revealed: "查看来电人电话",
  reporter_searched: "按电话查找诉求",
  reporter_erased: "删除来电人信息",
  photo_withdrawn: "撤回照片",
  reporter_keys_rotated: "轮换来电人密钥",
  places_imported: "导入地名",
  calendar_imported: "导入放假安排",
  working_hours_set: "设置上下班时间",
  consent_entered: "登记村（社区）意见",
  orgs_added: "新增单位",
  orgs_changed: "修改单位",
  orgs_ended: "撤销单位",
  people_added: "新增人员",
  people_changed: "修改人员",
  people_ended: "人员离开",
  posts_added: "设立岗位",
  posts_changed: "修改岗位",
  posts_ended: "撤销岗位",
  holders_added: "登记在岗",
  holders_ended: "结束在岗",
  covers_added: "登记B角",
  covers_ended: "结束B角",
  absences_added: "登记请假",
  absences_ended: "销假",
  shifts_added: "排班",
  shifts_ended: "撤销排班",
  overrides_added: "临时顶岗",
  overrides_ended: "结束顶岗",
  roster_imported: "导入花名册",
};

export const ROLE_WORDS = {
  system_admin: "系统管理员",
  county_admin: "旗级管理员（网格办）",
  township_admin: "苏木乡镇管理员",
  community_admin: "嘎查村（社区）管理员",
  dispatcher: "坐席员／派单员",
  shift_lead: "值班长",
  leader: "领导（查看、督办）",
  grid_worker: "网格员",
  department: "部门联络员",
  wall: "大屏账号",
  integration: "接口账号",
};

export const AUDIT_DETAIL_WORDS = { reason: "原因", photo: "照片", taken_by: "拍摄人", role: "角色", area: "管辖范围", tries: "输错次数", community: "村（社区）", state: "意见", before: "原意见", report: "诉求", at: "时间", person: "工号", number: "工号", post: "岗位编号", start: "开始", end: "结束", seat: "席位", rank: "B角顺序", kind: "类别", name: "名称", org: "单位编号", rows: "行数", people_added: "新增人员", people_changed: "更新人员", posts_added: "新设岗位", terms_added: "新任职", terms_ended: "结束任职", unchanged: "未变" };

export const ACTOR_WORDS = { resident: "群众", system: "系统", clock: "系统按时限", "command-line": "命令行" };

export function word(table, key) {
  return Object.hasOwn(table, key) ? table[key] : String(key ?? "");
}

/** The state that colours a report: doubtful, not yet accepted, in work, done. */
export function stateOf(report) {
  if (FINISHED.has(report.status)) return "closed";
  if (report.status === "awaiting_decision") return "awaiting";
  if (report.status === "assigned" || report.status === "reopened") return "assigned";
  return "accepted";
}

export function isDoubtful(report) {
  return report.decision === "confirm" || report.decision === "desk" || report.status === "awaiting_decision";
}
