// The words of the boundary editor: operations, states of plans, rules, refusals.

import { time } from "./format.js";

export const OPERATION_WORDS = {
  move_node: "移动界点",
  reshape: "调整界线",
  split: "拆分网格",
  merge: "合并网格",
  transfer: "划转区域",
  assign_places: "按楼栋（院落）划转",
  replan: "整体重划",
  regroup: "整体重划",
  partition: "辅助划分",
};

export const PLAN_STATES = {
  draft: { word: "草案", mood: "" },
  consulting: { word: "征求意见", mood: "" },
  submitted: { word: "送审", mood: "doubt" },
  publicized: { word: "公示中", mood: "" },
  approved: { word: "已批准", mood: "good" },
  scheduled: { word: "待生效", mood: "good" },
  effective: { word: "已生效", mood: "good" },
  filed: { word: "已备案", mood: "good" },
  overtaken: { word: "底图已变，需重放", mood: "bad" },
  rolled_back: { word: "已恢复原界", mood: "" },
};

/** The state of a plan for people; a draft that was sent back says so. */
export function stateOfPlan(plan) {
  if (plan.state === "draft" && plan.reason) return { word: "退回修改", mood: "bad" };
  return PLAN_STATES[plan.state] ?? { word: plan.state, mood: "" };
}

export const CHECK_WORDS = {
  size_over: "户数超上限",
  size_under: "户数不足",
  disconnected: "不连片",
  no_holder: "无网格员",
  wrong_parent: "越界",
  wrong_code: "编码错误",
  consent_missing: "未征得同意",
  consent_objected: "村（社区）不同意",
  consent_outdated: "同意后有改动",
};

/** What a person can do about a refusal, by its reason. */
const ADVICE = {
  line_does_not_cut: "从网格外画起，穿过网格，到网格外结束。",
  self_crossing: "画线不能和自己相交；按 Esc 放弃后重画。",
  crosses_parent: "不同村（社区）之间的调整须旗级批准；确需跨界，可按跨界提交。",
  would_fall_apart: "换一种画法，让剩下的部分仍连成一片。",
  not_neighbours: "只在一点相接不算相邻；请选有共同边的网格。",
  outside_area: "只能在方案的范围内画。",
  too_small: "不足100平方米的碎块不单独成格。",
  keep_at_outside: "请点在要拆分的网格里面。",
  no_such_node: "界点可能已被移动，请刷新后再试。",
  unknown_grid: "网格可能已被合并或停用，请刷新后重选。",
  unknown_place: "楼栋表可能已更新，请刷新后重选。",
  too_many_vertices: "点太密了，画得简一些，或先在制图软件里抽稀。",
  took_too_much_memory: "范围分小一些，或少画几个点，再提交。",
  took_too_long: "范围分小一些，或少画几个点，再提交。",
  would_vanish: "整格并入请用“合并网格”。",
  outer_border: "旗界和方案范围的外缘不能移动。",
  not_a_coverage: "界线会互相穿过；请把点放近一些，或分几步移动。",
};

/** What reads differently when no line was drawn. */
const ADVICE_BY_OPERATION = {
  move_node: { self_crossing: "界点不能越过别的界线；请放近一些，或分几步移动。", not_a_coverage: "界点不能越过或贴着别的界线；请放近一些，或放到已有的界点上。" },
  assign_places: { would_fall_apart: "选中的楼栋要和接收网格连成一片：加选两处之间的楼栋，或少选几栋。", crosses_parent: "楼栋在别的村（社区），调整须旗级批准；确需跨界，可按跨界提交。" },
  replan: { outside_area: "请核对选的范围和文件里的编码。", piece_outside: "多半是坐标系选错了；请核对后再提交。", self_crossing: "红色处的面自己相交，请在制图软件里改正后再打开文件。" },
};

export function adviceFor(operation, reason) {
  return ADVICE_BY_OPERATION[operation]?.[reason] ?? ADVICE[reason] ?? "";
}

/** A sentence of the service with the names of grids in the place of their codes. */
export function withNames(text, nameOf) {
  return text.replace(/(网格 ?)?\b\d{15}\b ?/g, (found) => {
    const code = found.match(/\d{15}/)[0];
    const name = nameOf(code);
    return name === code ? found : `“${name}”`;
  });
}

/** Who changed the same place, and when. */
export function conflictLine(problem, nameOf) {
  const grids = (problem.grids ?? []).map(nameOf).join("、");
  return `${problem.author_name ?? problem.author ?? "另一人"}于${time(problem.at)}修改了${grids || "同一处界线"}。`;
}

/** A change of area with its sign: +1.2公顷. */
export function areaChange(before, after) {
  const moved = after - before;
  const sign = moved > 0 ? "+" : moved < 0 ? "−" : "±";
  const size = Math.abs(moved);
  if (size < 10_000) return `${sign}${Math.round(size).toLocaleString("zh-CN")}平方米`;
  return `${sign}${(size / 10_000).toLocaleString("zh-CN", { maximumFractionDigits: 1 })}公顷`;
}
