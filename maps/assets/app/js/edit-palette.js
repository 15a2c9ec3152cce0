// The tools of the editor in the order of the palette: words, keys, signs, what to do next.

import { svg } from "./dom.js";

/** A further operation is a further row; `sign` is the path of an icon of 18 × 18. */
export const TOOLS = [
  { name: "select", label: "查看网格", hotkey: "v", sign: "M4 2l10 7-4.6 1L12 15l-2 1-2.5-5L4 14z", hint: () => "点一个网格，查看它的情况。" },
  {
    name: "move_node",
    label: "移动界点",
    hotkey: "n",
    sign: "M9 1v16M1 9h16M6.5 3.5L9 1l2.5 2.5M6.5 14.5L9 17l2.5-2.5M3.5 6.5L1 9l2.5 2.5M14.5 6.5L17 9l-2.5 2.5",
    hint: ({ chosen }) => (chosen ? "拖动圆点移动界点，两侧网格一起变；也可用 Tab 选点，方向键移动，回车确定。" : "点一个网格，显示它的界点。"),
  },
  {
    name: "reshape",
    label: "调整界线",
    hotkey: "r",
    sign: "M1 12c3-9 5-9 8-3s5 6 8-3",
    hint: ({ picked }) => (picked.length === 2 ? "画出新的界线：从现有界线或外边画起，到现有界线或外边结束；双击或回车完成。" : picked.length === 1 ? "再点相邻的另一个网格。" : "点两个网格之间的界线，或依次点两个相邻网格。"),
  },
  {
    name: "split",
    label: "拆分网格",
    hotkey: "s",
    sign: "M2 3h14v12H2zM9 1v3M9 7v4M9 14v3",
    hint: ({ chosen }) => (chosen ? "从网格外画起，穿过网格，到网格外结束；双击或回车完成。" : "点要拆分的网格。"),
  },
  { name: "merge", label: "合并网格", hotkey: "m", sign: "M1 9h6M17 9h-6M5 6l3 3-3 3M13 6l-3 3 3 3M1 3v12M17 3v12", hint: ({ picked }) => (picked.length < 2 ? "依次点要合并的相邻网格。" : "选好保留的编码后，点“合并”。") },
  {
    name: "transfer",
    label: "划转区域",
    hotkey: "t",
    sign: "M2 3h14v12H2zM9 3v5h7M10 12H4M6 10l-2 2 2 2",
    hint: ({ chosen }) => (chosen ? "圈出要划给它的区域；点回起点或按回车完成。" : "先点接收区域的网格。"),
  },
  {
    name: "assign_places",
    label: "划转楼栋",
    hotkey: "a",
    sign: "M2 16V4h7v12M9 16V8h7v8M1 16h16M4.5 7h2M4.5 10h2M4.5 13h2M11.5 11h2M11.5 13.5h2",
    hint: ({ chosen }) => (chosen ? "点相邻网格的楼栋选中，也可圈选或在清单里勾选；选好后按回车。" : "先点接收楼栋的网格。"),
  },
  { name: "partition", label: "辅助划分", hotkey: "p", sign: "M2 3h14v12H2zM2 10l6-2 8 3M8 8V3M10 15l1-5", hint: () => "选一个村（社区），由软件提出划分方案；方案只是草案，一步可撤销。" },
  { name: "replan", label: "整体重划", hotkey: "f", sign: "M4 1h7l3 3v13H4zM11 1v3h3M9 14V8M6.5 10.5L9 8l2.5 2.5", hint: () => "选范围，再打开或拖入新网格的 GeoJSON 文件。" },
];

/** The icon of a tool. */
export function signOf(tool) {
  return svg("svg", { class: "tool-sign", viewBox: "0 0 18 18", "aria-hidden": "true" }, svg("path", { d: tool.sign }));
}
