// What the file would change of the grids there are, and the order to make a plan of it.

import { send } from "./api.js";
import { codeText, el, errorBox } from "./dom.js";
import { number } from "./format.js";
import { CHANGE_WORDS, squareMetres, wholeOrFine } from "./import-words.js";

const SHOWN = 200;

/** Grid by grid: what is won and lost, what is new, what goes; and what stays as it is. */
export function updatePanel(upload, { chosen, onChoose, nameOf }) {
  const { update } = upload;
  if (!update) return [el("p", { class: "empty" }, upload.usable ? "只有网格的界线可以和现状对比。" : "文件通过检查（或有可用的修复方案）后，才和现有网格对比。")];
  return [summary(update), refusals(update), reminders(update), table(update, chosen, onChoose, nameOf)];
}

function summary(update) {
  const facts = [
    ["编码相符", `${number(update.matching)}／${number(update.file)}`],
    ["不变", number(update.unchanged)],
    ["改动", number(update.counts.changed)],
    ["新网格", number(update.counts.created)],
    ["停用", number(update.counts.retired)],
    ["易主", squareMetres(update.moved_m2) || "0"],
  ];
  return el("dl", { class: "facts import-counts" }, facts.map(([label, text]) => el("div", null, el("dt", null, label), el("dd", null, text))));
}

function refusals(update) {
  if (!update.refused.length) return null;
  if (!update.matching) return el("p", { class: "notice bad" }, "文件里没有一个编码是本旗现有的网格：可以检查，不能由它生成方案。编码列选错了就在左侧改正；要另建一旗，请在命令行用 wangge import boundaries。");
  return el(
    "div",
    { class: "notice bad" },
    el("p", null, `有${number(update.refused.length)}处不能照文件划，整个文件都不会导入：`),
    el("ul", { class: "import-notes" }, update.refused.slice(0, 8).map((refusal) => el("li", { class: "wrap-anywhere" }, refusal.message))),
    update.refused.length > 8 ? el("p", null, `另有${number(update.refused.length - 8)}处。`) : null,
  );
}

function reminders(update) {
  const lines = [
    update.communities_left ? `文件里没有的${number(update.communities_left)}个村（社区）保持原样。` : null,
    update.moved_borders.length ? `有${number(update.moved_borders.length)}处村（社区）之间的界线随文件移动，须旗级批准；不想动就在左侧取消后重新检查。` : null,
    update.outside_m2 ? `文件超出本旗外界${squareMetres(update.outside_m2)}：外界不动，超出部分不采用。` : null,
    update.warnings.length ? `文件里的空白和重叠已并入相邻网格，较大的有${number(update.warnings.length)}处。` : null,
    update.renamed.length ? `有${number(update.renamed.length)}个网格在文件里另有名称，如${update.renamed[0].name}写作“${update.renamed[0].name_in_file}”。` : null,
    "名称和户数不随文件改，只改界线。",
  ];
  return el("ul", { class: "import-notes" }, lines.filter(Boolean).map((line) => el("li", null, line)));
}

function table(update, chosen, onChoose, nameOf) {
  if (!update.changed.length) return el("p", { class: "empty" }, "没有网格改变。");
  return el(
    "table",
    { class: "area-table finding-table" },
    el("caption", null, `${update.changed.length > SHOWN ? `改动最大的${SHOWN}个` : `共${number(update.changed.length)}个`}，单位：平方米`),
    el("thead", null, el("tr", null, el("th", { scope: "col" }, "网格"), el("th", { scope: "col", class: "number" }, "得"), el("th", { scope: "col", class: "number" }, "失"))),
    el(
      "tbody",
      null,
      update.changed.slice(0, SHOWN).map((change) =>
        el(
          "tr",
          { "aria-selected": String(chosen === change.code) },
          el("th", { scope: "row" }, el("button", { type: "button", class: "link wrap-anywhere", onclick: () => onChoose(change.code) }, nameOf(change.code)), el("span", { class: "finding-areas" }, codeText(change.code), change.state === "changed" ? null : ` ${CHANGE_WORDS[change.state]}`)),
          el("td", { class: "number" }, wholeOrFine(change.won_m2)),
          el("td", { class: "number" }, wholeOrFine(change.lost_m2)),
        ),
      ),
    ),
  );
}

/** The order: what it does, under what name; or why there is nothing to do. */
export function applyPanel(upload, { mayPlan, onApplied }) {
  const { update, report } = upload;
  if (upload.state === "applied") return appliedPanel(upload);
  const why = hindrance(upload, mayPlan);
  if (why) return [el("p", { class: "notice doubt" }, why)];
  const name = el("input", { class: "input", id: "plan-name", maxlength: 100, required: true, autocomplete: "off", value: `${upload.name.replace(/\.[^.]*$/, "").slice(0, 60)} 导入` });
  const trouble = el("div");
  const repaired = !report.importable;
  const button = el("button", { type: "submit", class: "button primary" }, "生成调整方案");
  const form = el(
    "form",
    { class: "import-apply" },
    el("p", null, `将生成一个草案，共${number(update.steps)}步：改动${number(update.counts.changed)}个网格，新增${number(update.counts.created)}个，停用${number(update.counts.retired)}个，易主${squareMetres(update.moved_m2) || "0平方米"}。`),
    repaired ? el("p", { class: "notice doubt" }, `采用修复方案：${number(report.repair.moves.length)}个网格的图形有变动，详见“修复方案”。`) : null,
    el("p", null, "现行界线不变。草案送审并由另一人批准后，自生效之日起执行；批准前可以逐步撤销，生效后可以恢复原界。"),
    el("div", { class: "field" }, el("label", { for: "plan-name" }, "方案名称"), name),
    trouble,
    button,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      onApplied(await send("POST", `/v1/imports/${upload.id}/apply`, { repair: repaired, name: name.value.trim() }));
    } catch (error) {
      trouble.replaceChildren(errorBox(error), error.problem?.reason === "overtaken" ? el("p", { class: "field-hint" }, "请在左侧按“按这些选项重新检查”。") : "");
      button.disabled = false;
    }
  });
  return [form];
}

function appliedPanel(upload) {
  return [
    el("p", { class: "notice good" }, "已由此文件生成调整方案。"),
    el("a", { class: "button primary", href: `/edit#plan=${upload.plan}` }, "打开方案：看影响、送审"),
    el("p", { class: "field-hint" }, "在方案里可以逐步撤销；批准生效后，也可以在“调整批次”里恢复原界。"),
  ];
}

function hindrance(upload, mayPlan) {
  const { update } = upload;
  if (!upload.usable) return "文件还不能导入，见“检查”。";
  if (!update) return "只有网格的界线可以生成方案。";
  if (update.refused.length) return "有不能照文件划的地方，见“与现状对比”。";
  if (!update.steps) return "文件与现有网格界线相同，不需要调整。";
  return mayPlan ? "" : "您可以检查文件；方案由旗级或苏木乡镇管理员起草。";
}
