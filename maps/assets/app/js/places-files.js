// Import places from a file: tried first, then stored, all of it or nothing.

import { sendForm } from "./api.js";
import { byId, el } from "./dom.js";

const MOST_SHOWN = 50;

export function bindFiles({ onImported }) {
  const buttons = [byId("place-try"), byId("place-apply")];
  let file = null;
  byId("place-file").addEventListener("change", (event) => {
    file = event.target.files[0] ?? null;
    byId("place-file-name").textContent = file ? file.name : "还没有选择";
    buttons[0].disabled = !file;
    buttons[1].disabled = true;
    byId("place-outcome").replaceChildren();
  });

  async function upload(dryRun) {
    const form = new FormData();
    form.append("file", file);
    if (byId("place-crs").value) form.append("crs", byId("place-crs").value);
    for (const button of buttons) button.disabled = true;
    byId("place-outcome").replaceChildren(el("p", { class: "field-hint" }, "正在检查…"));
    try {
      const answer = await sendForm(`/v1/places/import?dry_run=${dryRun}`, form);
      const counts = `新增${answer.added}处、更新${answer.updated}处、未变${answer.unchanged}处`;
      byId("place-outcome").replaceChildren(el("p", { class: "notice good" }, dryRun ? `检查无误：将${counts}。` : `已导入，立即生效：${counts}。`));
      buttons[1].disabled = !dryRun || answer.added + answer.updated === 0;
      if (!dryRun) onImported();
    } catch (error) {
      const faults = (error.problem?.errors ?? []).filter((fault) => fault.line !== undefined);
      byId("place-outcome").replaceChildren(
        el("p", { class: "notice bad", role: "alert" }, error.message),
        faults.length ? el("ul", null, faults.slice(0, MOST_SHOWN).map((fault) => el("li", null, `第${fault.line}行：${fault.message}`))) : "",
        faults.length > MOST_SHOWN ? el("p", { class: "field-hint" }, `另有${faults.length - MOST_SHOWN}行。`) : "",
      );
    } finally {
      buttons[0].disabled = !file;
    }
  }
  buttons[0].addEventListener("click", () => upload(true));
  buttons[1].addEventListener("click", () => upload(false));
}
