// 我的: who works here, the day's count, what waits, how the phone tells its place, and a way out.

import { el, errorBox } from "./dom.js";
import { time } from "./format.js";
import { CRS_CHOICES, crsOfPhone, setCrsOfPhone, whyNoPosition } from "./m-place.js";
import { openSheet } from "./m-sheet.js";
import { radioField } from "./m-steps.js";
import { isLasting } from "./m-store.js";
import { currentTheme, setTheme } from "./theme.js";

/** `page` holds what the service said of this person and day; it may be told anew while this is open. */
export async function openMine({ page, queue, reports, onLogout }) {
  const lasting = await isLasting();
  const { start, counts } = page;
  const map = el("div", null);
  openSheet("我的", [
    el("p", null, el("b", null, start.user.name), ` · ${start.user.role_label}`),
    el("p", { class: "quiet-line" }, start.own.length ? start.own.map(({ label }) => label).join("、") : "您的账号没有自己的网格。"),
    el("dl", { class: "m-day", id: "m-day" }, numbers(start, counts)),
    el("p", { class: "field-hint" }, "随手办（巡查发现、当场办结）单独统计，不计入派单。"),
    waitingList(queue, lasting),
    el("button", { type: "button", class: "button m-wide", onclick: () => showMap(map, start, reports) }, "我的网格（地图）"),
    map,
    crsChoice(),
    el("p", { class: "notice", id: "m-no-track" }, "本页不记录您的行踪：只在登记诉求、拍照时取一次位置，随诉求和照片保存；没有轨迹，也不在后台定位。"),
    whyNoPosition() ? el("p", { class: "notice doubt" }, whyNoPosition()) : null,
    el("div", { class: "m-chips" }, el("button", { type: "button", class: "button", onclick: () => setTheme(currentTheme() === "dark" ? "light" : "dark") }, "深色／浅色"), el("a", { class: "button", href: "/map" }, "一图统览"), el("a", { class: "button", href: "/duty" }, "岗位与值班"), el("a", { class: "button", href: "/password" }, "修改密码")),
    el("button", { type: "button", class: "button m-wide danger", onclick: onLogout }, "退出登录"),
  ]);
}

/** Show the day's numbers as they are now, should they be open. */
export function renewNumbers({ start, counts }) {
  if (start) document.getElementById("m-day")?.replaceChildren(...numbers(start, counts));
}

function numbers(start, counts) {
  const rows = [
    ["今日收到", counts.received ?? 0],
    ["待签收", counts.unsigned ?? 0],
    ["办理中", counts.working ?? 0],
    ["今日登记", start.day.entered],
    ["随手办", start.day.on_the_spot],
  ];
  return rows.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", { "data-count": name }, String(value))));
}

function waitingList(queue, lasting) {
  const { waiting, refused, foreign } = queue;
  const lines = [
    ...refused.map((entry) => el("li", { class: "notice bad" }, el("p", null, `${entry.label}：${entry.problem.message}`), el("button", { type: "button", class: "button", onclick: (event) => {
      queue.dismiss(entry);
      event.target.closest("li").remove();
    } }, "知道了"))),
    ...waiting.map((entry) => el("li", { class: "notice" }, `${entry.label}${entry.number ? ` ${entry.number}` : ""}（${time(entry.made_at)}）`)),
  ];
  return el(
    "section",
    { "aria-label": "待发送" },
    lines.length ? el("h3", null, `待发送 ${waiting.length} 条`) : null,
    lines.length ? el("ul", { class: "m-cards" }, lines) : null,
    waiting.length ? el("button", { type: "button", class: "button", onclick: () => queue.flush() }, "现在发送") : null,
    foreign ? el("p", { class: "notice doubt" }, `另一个账号在本机还有${foreign}条待发送，用那个账号登录后会继续发送。`) : null,
    lasting ? null : el("p", { class: "notice doubt" }, "这个浏览器不保存数据（可能是无痕模式）：有待发送的内容时请不要关闭本页。"),
  );
}

function crsChoice() {
  const choice = radioField("m-crs", "手机定位的坐标", CRS_CHOICES, crsOfPhone());
  choice.onChange(() => setCrsOfPhone(choice.value()));
  return el("details", { class: "m-fold" }, el("summary", null, "定位总偏几百米？"), choice.nodes);
}

async function showMap(target, start, reports) {
  target.replaceChildren(el("p", { role: "status" }, "正在打开地图…"));
  try {
    const { openMap } = await import("./m-map.js");
    await openMap(target, start, { points: reports });
  } catch (error) {
    target.replaceChildren(errorBox(error));
  }
}
