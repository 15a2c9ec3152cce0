// What the doctor found: what was recognised, the list of findings beside the map, the repair.

import { el } from "./dom.js";
import { number } from "./format.js";
import { squareMetres, wholeOrFine, width } from "./import-words.js";

const SHOWN = 200;
const FIELD_WORDS = { code: "编码", name: "名称", parent: "上级编码", kind: "类型", households: "户数", exclave: "飞地" };

/** What was recognised of the file; below it what is wrong. */
export function reportPanel(upload, { kind, onKind, chosen, onChoose }) {
  const { report } = upload;
  return [verdict(upload), facts(report), notes(report), kinds(report, kind, onKind), findings(report, kind, chosen, onChoose)];
}

function verdict({ report, usable }) {
  if (report.importable) return el("p", { class: "notice good" }, report.counts.gap || report.findings_total ? "可以导入；下面这些不妨碍导入，请看是否有意如此。" : "可以导入，没有发现问题。");
  if (usable) return el("p", { class: "notice doubt" }, "按原样不能导入；采用修复方案后可以。请看“修复方案”会动哪里。");
  const hint = report.counts.missing_code && report.level === "grid" ? "没有编码的，也可以在“读取选项”里选“按位置对应现有网格”。" : "";
  return el("p", { class: "notice bad" }, report.conclusion, hint);
}

function facts(report) {
  const { file } = report;
  const fields = Object.entries(report.fields).filter(([, column]) => column).map(([role, column]) => `${FIELD_WORDS[role] ?? role}=${column}`);
  const lines = [
    ["文件", `${file.format_label}，图层 ${file.layer || "—"}，${number(file.rows)}个面`],
    ["坐标系", `${file.crs_label} → 国家2000`],
    ["文字", `${file.encoding}（${file.encoding_from}）`],
    ["列", fields.join("，") || "未识别"],
    ...(file.texts.length ? [["样例", file.texts.join("、")]] : []),
    ["面积", squareMetres(report.area_m2)],
    ["范围", report.bounds ? `${report.bounds[0].toFixed(4)}–${report.bounds[2].toFixed(4)}°E，${report.bounds[1].toFixed(4)}–${report.bounds[3].toFixed(4)}°N` : "—"],
  ];
  return el("dl", { class: "import-facts" }, lines.flatMap(([label, text]) => [el("dt", null, label), el("dd", { class: "wrap-anywhere" }, text)]));
}

function notes(report) {
  return report.notes.length ? el("ul", { class: "import-notes" }, report.notes.map((note) => el("li", null, note))) : null;
}

function kinds(report, kind, onKind) {
  const chips = report.kinds.map((each) => {
    const pressed = kind === each.kind;
    return el("button", { type: "button", class: `tag chip ${each.blocking ? "bad" : ""}`, "aria-pressed": String(pressed), onclick: () => onKind(pressed ? null : each.kind) }, `${each.label} ${number(each.count)}`);
  });
  return chips.length ? el("div", { class: "chips", role: "group", "aria-label": "按种类看" }, chips) : null;
}

function findings(report, kind, chosen, onChoose) {
  const wanted = report.findings.filter((finding) => !kind || finding.kind === kind);
  if (!wanted.length) return report.findings.length ? null : el("p", { class: "empty" }, "没有发现空白、重叠、碎块、重复或编码错误。");
  // Those that are wrong come before those that may be meant; the largest of each kind is first.
  const shown = [...wanted].sort((a, b) => Number(b.blocking) - Number(a.blocking)).slice(0, SHOWN);
  const total = kind ? report.counts[kind] : report.findings_total;
  return [
    el(
      "table",
      { class: "area-table finding-table" },
      el("caption", null, total > shown.length ? `最大的${shown.length}处，共${number(total)}处；全部有位置的见下载` : `共${number(total)}处`),
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "问题和网格"), el("th", { scope: "col", class: "number" }, "大小"))),
      el("tbody", null, shown.map((finding) => row(finding, chosen, onChoose))),
    ),
  ];
}

function row(finding, chosen, onChoose) {
  const rows = `第${finding.rows.slice(0, 4).join("、")}行${finding.rows.length > 4 ? "等" : ""}`;
  const placed = finding.lon !== null;
  return el(
    "tr",
    { "aria-selected": String(finding === chosen) },
    el(
      "th",
      { scope: "row" },
      el("button", { type: "button", class: "link wrap-anywhere", disabled: !placed, onclick: () => onChoose(finding) }, finding.label),
      el("span", { class: "finding-areas" }, finding.areas.slice(0, 3).map((area) => el("span", { class: "finding-area" }, area)), el("span", { class: "finding-area" }, rows)),
      finding.detail ? el("span", { class: "finding-areas" }, finding.detail) : null,
    ),
    el("td", { class: "number" }, el("span", { class: "finding-size" }, squareMetres(finding.size_m2)), el("span", { class: "finding-areas" }, /gap|overlap|sliver/.test(finding.kind) ? width(finding.width_m) : "")),
  );
}

/** What a repair would move, area by area. */
export function repairPanel(upload, { chosen, onChoose, before, onBefore, nameOfRow }) {
  const { repair } = upload.report;
  if (!repair) return [el("p", { class: "empty" }, upload.report.importable ? "图形没有需要修复的。" : "这些问题不能靠修复图形解决，请按“检查”里的提示改正后重新上传。")];
  const bad = repair.vanished.length ? `修复后消失：${repair.vanished.slice(0, 10).join("、")}。请在原软件中改正。` : "修复后仍不是完整的覆盖，请在原软件中改正。";
  return [
    el("p", { class: repair.proven ? "notice good" : "notice bad" }, repair.proven ? "修复结果已逐边核验：没有重叠，公共边一致。" : bad),
    el("p", null, `合并${number(repair.gap_width_m)}米以内的空白，吸附${number(repair.snap_m * 100)}厘米以内的点，重叠归公共边最长的相邻网格。${number(repair.moves.length)}个网格有变动，共${squareMetres(repair.moved_m2) || "0平方米"}易主。`),
    el("label", { class: "check" }, el("input", { type: "checkbox", checked: before, onchange: (event) => onBefore(event.target.checked) }), " 看修复前的界线"),
    el(
      "table",
      { class: "area-table finding-table" },
      el("caption", null, `${repair.moves.length > SHOWN ? `移动最多的${SHOWN}个，共${number(repair.moves.length)}个` : `共${number(repair.moves.length)}个`}，单位：平方米`),
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "网格"), el("th", { scope: "col", class: "number" }, "得／失"), el("th", { scope: "col", class: "number" }, "最多移动"))),
      el(
        "tbody",
        null,
        repair.moves.slice(0, SHOWN).map((move) =>
          el(
            "tr",
            { "aria-selected": String(chosen === move.row) },
            el("th", { scope: "row" }, el("button", { type: "button", class: "link wrap-anywhere", onclick: () => onChoose(move.row) }, nameOfRow(move.row) || move.area), el("span", { class: "finding-areas" }, move.area)),
            el("td", { class: "number" }, `+${wholeOrFine(move.gained_m2)}／−${wholeOrFine(move.lost_m2)}`),
            el("td", { class: "number" }, `${wholeOrFine(move.max_move_m)}米`),
          ),
        ),
      ),
    ),
  ];
}
