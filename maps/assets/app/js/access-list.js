// The access list: what grid workers may be given, on any day; add what is temporary, let it end.

import { address, get, send, sendForm } from "./api.js";
import { byId, el, errorBox } from "./dom.js";
import { time } from "./format.js";

const STATES = {
  in_force: ["✓", "准入"],
  out_of_season: ["◌", "不在季节"],
  not_yet: ["◌", "未开始"],
  ended: ["✕", "已退出"],
  forbidden: ["✕", "不得安排"],
};
const mayChange = byId("content").dataset.mayChange === "yes";
const message = byId("list-message");
let ending = null;

function say(text) {
  message.textContent = text;
  message.className = "notice good";
  message.hidden = false;
}

function show(target, text) {
  target.textContent = text;
  target.hidden = !text;
}

function term(item) {
  const day = (text) => el("span", { class: "day" }, text);
  const period = item.from || item.to ? [day(item.from ?? "即日"), " 至 ", day(item.to ?? "长期")] : [];
  const parts = [item.seasons_label, item.seasons_label && period.length ? "；" : "", ...period].filter(Boolean);
  return parts.length ? parts : item.frequency || "长期";
}

function row(item) {
  const [mark, words] = STATES[item.state] ?? ["", item.state];
  const matters = item.categories.map((category) => category.name).join("；");
  return el(
    "tr",
    { "data-state": item.state },
    el("td", { class: "code", "data-label": "编号" }, item.no),
    el("td", { "data-label": "事项" }, item.item),
    el("td", { "data-label": "类别" }, matters || "—"),
    el("td", { "data-label": "申请" }, item.applied_for_by || "—"),
    el("td", { "data-label": "期限" }, term(item)),
    el("td", { "data-label": "状态" }, el("span", { class: "state", "data-state": item.state, "data-mark": mark }, words), item.detail && item.state !== "forbidden" ? el("span", { class: "why" }, item.detail) : null),
    mayChange ? el("td", null, item.ends ? el("button", { type: "button", class: "button", onclick: () => askEnd(item) }, "退出") : null) : null,
  );
}

function table(kind, items, list) {
  const heads = [["no", "编号"], ["", "事项"], ["matters", "适用的诉求类别"], ["by", "申请单位"], ["term", "期限"], ["how", "状态"]];
  if (mayChange) heads.push(["act", ""]);
  const title = `kind-${kind.key}`;
  return el(
    "section",
    { class: "card", "aria-labelledby": title },
    el("h2", { class: "card-title", id: title }, kind.label, el("small", null, `${items.length}项`)),
    el(
      "div",
      { class: "table-wrap", tabindex: "0", role: "region", "aria-labelledby": title },
      el(
        "table",
        null,
        el("thead", null, el("tr", null, heads.map(([name, label]) => el("th", { scope: "col", class: name || null }, label || el("span", { class: "visually-hidden" }, "操作"))))),
        el("tbody", null, items.map((item) => row(item, list))),
      ),
    ),
  );
}

async function load() {
  const day = byId("list-day").value;
  const place = byId("list-tables");
  try {
    const list = await get(address("/v1/access-list", { at: day ? `${day}T12:00:00+08:00` : null }));
    const tables = list.kinds.map((kind) => [kind, list.items.filter((item) => item.kind === kind.key)]).filter(([, items]) => items.length);
    place.replaceChildren(...tables.map(([kind, items]) => table(kind, items, list)));
    if (!tables.length) place.replaceChildren(el("p", { class: "notice" }, "还没有准入清单，请从文件导入。"));
    if (list.version) place.append(el("p", { class: "list-about" }, `第${list.version}版，${time(list.since)}起生效。`));
  } catch (error) {
    place.replaceChildren(errorBox(error, load));
  }
}

byId("list-when").addEventListener("submit", (event) => {
  event.preventDefault();
  load();
});
byId("list-today").addEventListener("click", () => {
  byId("list-day").value = "";
  load();
});

function askEnd(item) {
  ending = item;
  byId("end-dialog-title").textContent = `退出：${item.no} ${item.item}`;
  byId("end-effect").textContent = item.categories.length ? `退出后，${item.categories.map((category) => category.name).join("；")}不再派给网格员，转部门或乡镇办理；已派出的不变。` : "退出后不再安排给网格员。";
  byId("e-to").value = "";
  show(byId("end-error"), "");
  byId("end-dialog").showModal();
}

async function fillCategories() {
  const select = byId("i-categories");
  if (select.options.length) return;
  const { items } = await get("/v1/categories");
  select.replaceChildren(...items.map((category) => el("option", { value: category.code }, `${category.group}｜${category.name}`)));
}

function bindChanges() {
  for (const dialog of [byId("item-dialog"), byId("end-dialog")]) {
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  }
  byId("new-item").addEventListener("click", async () => {
    show(byId("item-error"), "");
    byId("item-dialog").showModal();
    await fillCategories().catch((error) => show(byId("item-error"), error.message));
  });
  byId("item-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = {
      item: byId("i-item").value.trim(),
      applied_for_by: byId("i-by").value.trim(),
      categories: [...byId("i-categories").selectedOptions].map((option) => option.value),
      from: byId("i-from").value || null,
      to: byId("i-to").value,
    };
    try {
      const item = await send("POST", "/v1/access-list/items", body);
      byId("item-dialog").close();
      event.target.reset();
      say(`已新增 ${item.no} ${item.item}，${item.to}后自动退出。`);
      await load();
    } catch (error) {
      show(byId("item-error"), error.message);
    }
  });
  byId("end-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await send("POST", `/v1/access-list/items/${encodeURIComponent(ending.no)}/end`, { to: byId("e-to").value || null });
      byId("end-dialog").close();
      say(`${ending.no} ${ending.item}：已登记退出。`);
      await load();
    } catch (error) {
      show(byId("end-error"), error.message);
    }
  });
  bindFile();
}

function bindFile() {
  let file = null;
  const input = byId("list-file");
  const buttons = [byId("list-try"), byId("list-apply")];
  input.addEventListener("change", () => {
    file = input.files[0] ?? null;
    byId("list-file-name").textContent = file ? file.name : "xlsx 或 csv；整份清单，一行一项";
    buttons[0].disabled = !file;
    buttons[1].disabled = true;
    byId("list-outcome").replaceChildren();
  });
  async function upload(dryRun) {
    const form = new FormData();
    form.append("file", file);
    for (const button of buttons) button.disabled = true;
    try {
      const answer = await sendForm(`/v1/access-list/import?dry_run=${dryRun}`, form);
      byId("list-outcome").replaceChildren(el("p", { class: "notice good" }, outcome(answer)));
      buttons[1].disabled = !dryRun || answer.unchanged;
      if (!dryRun) await load();
    } catch (error) {
      const faults = (error.problem?.errors ?? []).filter((fault) => fault.line);
      byId("list-outcome").replaceChildren(
        el("p", { class: "notice bad", role: "alert" }, error.message),
        faults.length ? el("ul", null, faults.map((fault) => el("li", null, `第${fault.line}行：${fault.message}`))) : "",
      );
    } finally {
      buttons[0].disabled = !file;
    }
  }
  buttons[0].addEventListener("click", () => upload(true));
  buttons[1].addEventListener("click", () => upload(false));
}

function outcome(answer) {
  if (answer.unchanged) return `共${answer.items}项，与现行清单相同，没有变化。`;
  const change = `新增${answer.added.length}项、退出${answer.removed.length}项`;
  return answer.dry_run ? `检查无误：共${answer.items}项，${change}；可以正式导入。` : `已导入：共${answer.items}项，${change}，第${answer.version}版现在起生效。`;
}

if (mayChange) bindChanges();
load();
