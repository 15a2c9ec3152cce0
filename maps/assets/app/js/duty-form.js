// The dialog of the page 岗位与值班: fill in, look at the effect, then do it. Enter goes on, Esc leaves.

import { address, get, send } from "./api.js";
import { byId, el } from "./dom.js";
import { fieldTime, instantOf } from "./duty-words.js";

const choices = JSON.parse(byId("duty-choices").textContent);
const DAY_MS = 86_400_000;

/** Each kind: where it is sent, which fields it has, what the button says. */
const KINDS = {
  absence: { path: "/v1/absences", title: "登记请假", done: "已登记请假", fields: ["person", "kind", "from", "to"] },
  override: { path: "/v1/overrides", title: "临时顶岗", done: "已登记顶岗", fields: ["person", "from", "to", "reason"] },
  cover: { path: "/v1/covers", title: "指定B角", done: "已登记B角", fields: ["person", "from", "to"] },
  holder: { path: "/v1/holders", title: "更换在岗人员", done: "已更换在岗人员", fields: ["person", "seat", "from"] },
  shift: { path: "/v1/shifts", title: "排班", done: "已排班", fields: ["person", "from", "to"] },
};

const LABELS = { person: "人员（姓名或工号）", kind: "类别", from: "自", to: "至", reason: "原因", seat: "席位" };

export class DutyForm {
  /** onDone(words) is told what was written. */
  constructor({ onDone }) {
    this.onDone = onDone;
    this.dialog = byId("duty-dialog");
    this.seen = null;
    byId("duty-cancel").addEventListener("click", () => this.dialog.close());
    byId("duty-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    byId("duty-form").addEventListener("input", (event) => {
      this.forget();
      if (event.target.id === "duty-person") this.offerPeople(event.target.value.trim());
    });
  }

  /** Open for something to enter on a post; `term` says whose leave it is. */
  open(kind, post, term = null) {
    this.task = { kind, post, term, ...KINDS[kind] };
    this.show(this.task.title, `${post.area_name} ${post.role_label}`, this.task.fields.map((name) => this.field(name)));
  }

  /** Open for something to end now; there is nothing to fill in, the effect shows at once. */
  async openEnd(table, id, title) {
    this.task = { kind: "end", path: `/v1/${table}/${encodeURIComponent(id)}`, title, done: `${title}：已完成` };
    this.show(title, "现在结束，历史保留。", []);
    await this.submit();
  }

  show(title, about, fields) {
    byId("duty-dialog-title").textContent = title;
    byId("duty-dialog-about").textContent = about;
    byId("duty-fields").replaceChildren(...fields.filter(Boolean));
    byId("duty-people").replaceChildren();
    this.error("");
    this.forget();
    this.dialog.showModal();
    byId("duty-fields").querySelector("input:not([readonly]), select")?.focus();
  }

  field(name) {
    const { kind, post, term } = this.task;
    const id = `duty-${name}`;
    if (name === "seat" && post.seats === 1) return null;
    const label = el("label", { for: id }, LABELS[name]);
    let input;
    if (name === "kind") {
      input = el("select", { class: "select", id }, Object.entries(choices.absences).map(([value, word]) => el("option", { value }, word)));
    } else if (name === "person") {
      const known = term && kind === "absence";
      input = el("input", { class: "input", id, list: "duty-people", autocomplete: "off", maxlength: 60, required: true, readonly: known, value: known ? term.number : "" });
    } else if (name === "from" || name === "to") {
      input = el("input", { class: "input", type: "datetime-local", id, required: this.needs(name), value: this.moment(name) });
    } else if (name === "seat") {
      input = el("input", { class: "input", type: "number", id, min: 1, max: post.seats, value: 1 });
    } else {
      input = el("input", { class: "input", id, maxlength: 500, required: true, autocomplete: "off" });
    }
    const hint = name === "person" && term && kind === "absence" ? el("span", { class: "field-hint" }, term.name) : null;
    return el("div", { class: "field" }, label, input, hint);
  }

  needs(name) {
    return name === "from" || this.task.kind !== "cover";
  }

  moment(name) {
    const now = Date.now();
    if (name === "from") return fieldTime(now);
    if (this.task.kind === "cover") return "";
    const hours = this.task.kind === "absence" ? 24 : 8;
    return fieldTime(now + (hours / 24) * DAY_MS);
  }

  async offerPeople(words) {
    if (words.length < 1) return;
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const found = await get(address("/v1/people", { q: words, limit: 20 }), { signal: this.asking.signal });
      byId("duty-people").replaceChildren(...found.items.map((person) => el("option", { value: person.number }, `${person.name}　${person.number}`)));
    } catch (error) {
      if (error.name !== "AbortError") byId("duty-people").replaceChildren(); // it can still be typed
    }
  }

  value(name) {
    return byId(`duty-${name}`)?.value.trim() ?? "";
  }

  async body() {
    if (this.task.kind === "end") return null;
    const body = { person: await this.person(), from: instantOf(this.value("from")) };
    if (this.task.kind !== "absence") body.post = this.task.post.post;
    if (this.task.kind === "absence") body.kind = this.value("kind");
    if (this.task.kind === "override") body.reason = this.value("reason");
    if (this.task.kind === "holder") {
      body.replace = true;
      if (this.value("seat")) body.seat = Number(this.value("seat"));
    }
    if (this.value("to")) body.to = instantOf(this.value("to"));
    return body;
  }

  /** A name that one person has is as good as the number; a name that two have is not. */
  async person() {
    const words = this.value("person");
    const found = (await get(address("/v1/people", { q: words, limit: 20 }))).items;
    const exact = found.filter((person) => person.number === words || person.name === words);
    if (exact.some((person) => person.number === words)) return words;
    if (exact.length > 1) throw new Error(`有${exact.length}人叫这个名字，请从列表中选工号。`);
    if (exact.length === 1) return exact[0].number;
    return words;
  }

  missing() {
    const empty = [...byId("duty-fields").querySelectorAll("[required]")].find((input) => !input.value.trim());
    empty?.focus();
    return empty ? `请填写：${empty.labels[0].textContent}。` : "";
  }

  async submit() {
    const missing = this.missing();
    this.error(missing);
    if (missing || this.busy) return;
    this.busy = true;
    byId("duty-submit").disabled = true;
    try {
      const body = await this.body();
      const method = this.task.kind === "end" ? "DELETE" : "POST";
      const looking = this.seen === null;
      const answer = await send(method, `${this.task.path}${looking ? "?dry_run=true" : ""}`, body);
      if (looking) this.lookAt(answer);
      else {
        this.dialog.close();
        this.onDone(`${this.task.done}：${answer.person_name}。`);
      }
    } catch (error) {
      this.forget();
      this.error(error.message);
    } finally {
      this.busy = false;
      byId("duty-submit").disabled = false;
    }
  }

  lookAt(answer) {
    this.seen = answer;
    const changed = answer.effect.filter((row) => row.changes);
    const lines = changed.map((row) => el("p", { class: "change" }, el("span", null, row.name), el("span", null, who(row.before), " → ", who(row.after))));
    const same = answer.effect.length - changed.length;
    byId("duty-effect").replaceChildren(
      el("h3", null, "影响"),
      ...(lines.length ? lines : [el("p", null, "此刻各岗位的负责人不变。")]),
      ...(same > 0 && lines.length ? [el("p", { class: "note" }, `另有${same}处负责人不变。`)] : []),
    );
    byId("duty-submit").textContent = "确认";
    byId("duty-submit").disabled = false; // a button that is disabled takes no focus
    byId("duty-submit").focus();
  }

  forget() {
    this.seen = null;
    byId("duty-effect").replaceChildren();
    byId("duty-submit").textContent = "看影响";
  }

  error(words) {
    byId("duty-error").textContent = words;
    byId("duty-error").hidden = !words;
  }
}

function who(answers) {
  return answers ? el("b", null, `${answers.role_label} ${answers.name}`) : el("span", { class: "nobody" }, "受理台（各级无人在岗）");
}
