// Make and lock accounts. Locking shows its effect before it happens.

import { address, get, send } from "./api.js";
import { byId, codeText, el } from "./dom.js";
import { time } from "./format.js";
import { PagedTable } from "./paged-table.js";

const CHANGES = {
  lock: { title: "锁定账号", confirm: "锁定", label: "原因", effect: (account) => `${account.display_name || account.username}会立即退出所有设备，解锁前不能再登录。`, body: (text) => (text ? { reason: text } : {}) },
  unlock: { title: "解锁账号", confirm: "解锁", label: null, effect: (account) => `${account.display_name || account.username}可以再次用原来的密码登录。`, body: () => ({}) },
  person: { title: "关联人员", confirm: "关联", label: "人员工号（留空则取消关联）", method: "PATCH", value: (account) => account.person ?? "", effect: (account) => `${account.display_name || account.username}登录后看到的，是这个人全部岗位的网格；代班、兼岗当时就跟着变。`, body: (text) => ({ person: text.trim() || null }) },
  password: { title: "重设密码", confirm: "重设", label: "新密码", secret: true, effect: (account) => `${account.display_name || account.username}的旧密码作废，所有设备上的登录立即失效。`, body: (text) => ({ password: text }) },
};

const message = byId("accounts-message");
const accountDialog = byId("account-dialog");
const changeDialog = byId("change-dialog");
let pending = null;

const table = new PagedTable({
  path: "/v1/accounts",
  body: byId("accounts-body"),
  more: byId("accounts-more"),
  columns: 7,
  emptyText: "还没有账号",
  row: accountRow,
});

function accountRow(account) {
  return el(
    "tr",
    null,
    el("td", { class: "wrap-anywhere" }, account.username),
    el("td", { class: "wrap-anywhere" }, account.display_name ?? "", account.person ? el("span", { class: "field-hint" }, ` 关联 ${account.person_name}（${account.person}）`) : null),
    el("td", null, account.role_label ?? account.role),
    el("td", null, account.area_name ?? "", " ", account.area ? el("span", { class: "field-hint" }, codeText(account.area)) : null),
    el("td", null, account.locked ? el("span", { class: "tag bad" }, "已锁定") : el("span", { class: "tag good" }, "可登录"), account.locked && account.locked_reason ? el("span", { class: "field-hint wrap-anywhere" }, ` ${account.locked_reason}`) : null),
    el("td", null, account.last_login_at ? time(account.last_login_at) : "从未登录"),
    el(
      "td",
      null,
      el(
        "span",
        { class: "form-row" },
        el("button", { type: "button", class: "button", onclick: () => ask(account.locked ? "unlock" : "lock", account) }, account.locked ? "解锁" : "锁定"),
        el("button", { type: "button", class: "button", onclick: () => ask("person", account) }, "关联人员"),
        el("button", { type: "button", class: "button", onclick: () => ask("password", account) }, "重设密码"),
      ),
    ),
  );
}

function say(text) {
  message.textContent = text;
  message.className = "notice good";
  message.hidden = false;
}

function show(target, text) {
  target.textContent = text;
  target.hidden = !text;
}

function ask(kind, account) {
  const change = CHANGES[kind];
  pending = { kind, account };
  byId("change-title").textContent = `${change.title}：${account.username}`;
  byId("change-effect").textContent = change.effect(account);
  byId("change-confirm").textContent = change.confirm;
  byId("change-label").textContent = change.label ?? "";
  byId("change-field").hidden = !change.label;
  const input = byId("change-input");
  input.value = change.value?.(account) ?? "";
  input.type = change.secret ? "password" : "text";
  input.required = Boolean(change.secret);
  input.minLength = change.secret ? 10 : 0;
  input.autocomplete = change.secret ? "new-password" : "off";
  show(byId("change-error"), "");
  changeDialog.showModal();
}

byId("change-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { kind, account } = pending;
  try {
    const path = `/v1/accounts/${encodeURIComponent(account.id)}`;
    const { method = "POST", body } = CHANGES[kind];
    await send(method, method === "POST" ? `${path}/${kind}` : path, body(byId("change-input").value));
    changeDialog.close();
    say(`${CHANGES[kind].title}：${account.username}，已完成。`);
    await table.load();
  } catch (error) {
    show(byId("change-error"), error.message);
  }
});

byId("account-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const account = {
    username: byId("a-username").value.trim(),
    display_name: byId("a-name").value.trim(),
    role: byId("a-role").value,
    area: byId("a-area").value.trim(),
    password: byId("a-password").value,
  };
  if (account.role === "integration") account.channel = byId("a-channel").value;
  account.person = byId("a-person").value.trim() || null;
  if (account.role === "department") account.org = byId("a-org").value.trim() || null;
  try {
    await send("POST", "/v1/accounts", account);
    accountDialog.close();
    event.target.reset();
    say(`已新建账号 ${account.username}。`);
    await table.load();
  } catch (error) {
    show(byId("account-error"), error.message);
  }
});

byId("new-account").addEventListener("click", () => {
  show(byId("account-error"), "");
  accountDialog.showModal();
  offerAreas();
});

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

async function offerAreas() {
  const list = byId("a-areas");
  if (list.children.length) return;
  try {
    const answers = await Promise.all(["township", "community"].map((level) => get(address("/v1/areas", { level, limit: 500 }))));
    list.replaceChildren(...answers.flatMap((answer) => answer.items).map((area) => el("option", { value: area.code }, area.name)));
  } catch {
    list.replaceChildren(); // the code can still be typed
  }
}

byId("a-role").addEventListener("change", showExtraFields);

function showExtraFields() {
  const role = byId("a-role").value;
  byId("a-channel-field").hidden = role !== "integration";
  byId("a-org-field").hidden = role !== "department";
}

showExtraFields();
table.load();
