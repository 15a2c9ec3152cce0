// The roster as a file: try it, read what is wrong, then import it.

import { sendForm } from "./api.js";
import { byId, el } from "./dom.js";

/** Bind the card of files; onDone is told after an import. */
export function bindFiles({ area, onDone }) {
  byId("files-card").hidden = false;
  byId("roster-export").href = `/v1/roster.xlsx?area=${encodeURIComponent(area)}`;
  const input = byId("roster-file");
  let file = null;
  input.addEventListener("change", () => {
    file = input.files[0] ?? null;
    byId("roster-name").textContent = file ? file.name : "xlsx 或 csv；人员以工号为准";
    byId("roster-try").disabled = !file;
    byId("roster-apply").disabled = true;
    byId("roster-outcome").replaceChildren();
  });
  async function upload(dryRun) {
    const form = new FormData();
    form.append("file", file);
    byId("roster-try").disabled = byId("roster-apply").disabled = true;
    byId("roster-outcome").replaceChildren(el("p", { class: "notice" }, "正在检查…"));
    try {
      const answer = await sendForm(`/v1/roster/import?dry_run=${dryRun}`, form);
      byId("roster-outcome").replaceChildren(...outcome(answer));
      byId("roster-apply").disabled = !dryRun || answer.errors_total > 0;
      if (!dryRun) onDone("花名册已导入。");
    } catch (error) {
      const rows = error.problem?.errors?.filter((fault) => fault.line) ?? [];
      byId("roster-outcome").replaceChildren(el("p", { class: "notice bad", role: "alert" }, error.message), ...faults(rows, error.problem?.errors_total ?? rows.length));
    } finally {
      byId("roster-try").disabled = !file;
    }
  }
  byId("roster-try").addEventListener("click", () => upload(true));
  byId("roster-apply").addEventListener("click", () => upload(false));
}

function outcome(answer) {
  const words = `共${answer.rows}行：新增人员${answer.people_added}名、更新${answer.people_changed}名，新设岗位${answer.posts_added}个，新任职${answer.terms_added}项、结束任职${answer.terms_ended}项，未变${answer.unchanged}行。`;
  const state = answer.errors_total ? `有${answer.errors_total}处有误，改正后才能导入。` : answer.imported ? "已导入。" : "检查无误，可以正式导入。";
  return [el("p", { class: `notice ${answer.errors_total ? "bad" : "good"}` }, state, words), ...faults(answer.errors, answer.errors_total)];
}

function faults(rows, total) {
  if (!rows.length) return [];
  return [
    el(
      "div",
      { class: "table-wrap" },
      el(
        "table",
        null,
        el("caption", { class: "visually-hidden" }, "有误的行"),
        el("thead", null, el("tr", null, ["行", "列", "问题"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", null, rows.map((fault) => el("tr", null, el("td", { "data-label": "行" }, fault.line), el("td", { "data-label": "列" }, fault.column), el("td", { "data-label": "问题" }, fault.message)))),
      ),
    ),
    total > rows.length ? el("p", { class: "note" }, `另有${total - rows.length}处。`) : null,
  ].filter(Boolean);
}
