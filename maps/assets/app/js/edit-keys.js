// The keys of the editor, and what the palette and the settings do.

import { byId, el } from "./dom.js";
import { TOOLS, signOf } from "./edit-palette.js";

/** Build the palette of tools as one radio group. */
export function bindPalette(editor) {
  const group = byId("palette");
  group.replaceChildren(
    ...TOOLS.map((tool) => el("button", { type: "button", role: "radio", class: "tool", "data-tool": tool.name, onclick: () => editor.tools.use(tool.name) }, signOf(tool), el("span", null, tool.label), el("span", { class: "tool-key", "aria-hidden": "true" }, tool.hotkey.toUpperCase()))),
  );
  group.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const usable = [...group.children].filter((each) => !each.disabled);
    const next = usable[(usable.indexOf(document.activeElement) + step + usable.length) % usable.length];
    next.focus();
    next.click();
  });
}

export function showPalette(editor) {
  for (const each of byId("palette").children) {
    const chosen = each.dataset.tool === editor.tools.name;
    each.setAttribute("aria-checked", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    each.disabled = !editor.mayEdit && each.dataset.tool !== "select";
  }
  const { session } = editor;
  byId("undo").disabled = !editor.mayEdit || !session.canUndo || session.busy > 0;
  byId("redo").disabled = !editor.mayEdit || !session.canRedo || session.busy > 0;
}

export function bindSettings(editor) {
  byId("undo").addEventListener("click", () => editor.back("undo"));
  byId("redo").addEventListener("click", () => editor.back("redo"));
  byId("snap").addEventListener("input", (event) => {
    editor.pen.snapM = Number(event.target.value);
    byId("snap-value").textContent = `${event.target.value}米`;
    editor.pen.setReach();
  });
  byId("cross").addEventListener("change", (event) => {
    editor.mayCross = event.target.checked;
    editor.tools.begin();
  });
}

const isTyping = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["radio", "checkbox", "range"].includes(target.type);

const COMPARE = { b: "before", c: "swipe" };

export function bindKeys(editor) {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || document.querySelector("dialog[open]") || !(editor.session.plan || editor.changeset)) return;
    const { tools, pen } = editor;
    const key = event.key.toLowerCase();
    if (COMPARE[key] && !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey) editor.comparison.toggle(COMPARE[key]);
    else if (!editor.session.plan) return;
    else if (event.ctrlKey || event.metaKey) {
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      editor.back(key === "y" || event.shiftKey ? "redo" : "undo");
    } else if (event.altKey) return;
    else if (event.key === "Escape") tools.cancel();
    else if (event.key === "Enter") enter(event, editor);
    else if (event.key === "Backspace" && pen.active) {
      event.preventDefault();
      pen.back();
    } else {
      const tool = TOOLS.find((each) => each.hotkey === key);
      if (tool) tools.use(tool.name);
    }
  });
}

/** What Enter sends when nothing is being drawn. */
const FORMS = ["keep-form", "merge-form", "places-form", "partition-form", "replan-form"];

function enter(event, editor) {
  if (editor.pen.active) {
    event.preventDefault();
    editor.pen.finish();
    return;
  }
  if (event.target.closest("button, a, form, summary")) return; // Enter means that control
  const form = FORMS.map(byId).find(Boolean);
  const submit = form?.querySelector("[type=submit]:not(:disabled)");
  if (submit) form.requestSubmit(submit);
}
