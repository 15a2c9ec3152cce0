// Plans in each other's way: carry an overtaken plan over to today's boundaries, or agree to a loss.

import { send } from "./api.js";
import { el, errorBox } from "./dom.js";
import { OPERATION_WORDS, withNames } from "./edit-words.js";
import { time } from "./format.js";

const isOvertaken = (error) => error.problem?.type?.endsWith("/plan-overtaken");

/** What to do about a plan that the boundaries have moved beneath. */
export function renewPart(editor) {
  const message = el("div");
  const act = async (event) => {
    event.target.disabled = true;
    try {
      await renew(editor);
    } catch (error) {
      event.target.disabled = false;
      message.replaceChildren(errorBox(error));
    }
  };
  return el(
    "section",
    { class: "edit-form card" },
    el("p", { class: "field-hint" }, "底图已变。可以在现行界线上续作：能照做的步骤照做，做不了的列出来，原方案作废。"),
    editor.session.plan.author === editor.user.name ? null : el("p", { class: "field-hint" }, "由您续作，您就是起草人，须另一人批准；也可以退回，由原起草人续作。"),
    message,
    el("button", { type: "button", class: "button primary", id: "renew-plan", onclick: act }, "在现行界线上续作"),
  );
}

async function renew(editor) {
  const fresh = await send("POST", `${editor.session.path}/renew`);
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  await editor.open(fresh.id);
  const lost = fresh.left_out.map((step) => el("li", null, `第${step.operation}步（${OPERATION_WORDS[step.op] ?? step.op}）：${withNames(step.message, (code) => editor.session.nameOf(code))}`));
  const close = el("button", { type: "button", class: "button", onclick: () => editor.frame.say([]) }, "知道了");
  editor.frame.say(lost.length ? [el("p", null, "已在现行界线上续作，这些步骤没有做成，请补上："), el("ul", { class: "look-list doubt" }, lost), close] : [el("p", null, "已在现行界线上续作，各步都做成了。"), close]);
}

/** Beside a refused approval or rollback: the plans that would be given up, and a word for it. */
export function overtakenPart(editor, error, decision) {
  if (!isOvertaken(error)) return null;
  const { plans, reason } = error.problem;
  if (reason !== "overtakes" || !plans) return decision.renewable ? renewPart(editor) : null;
  const rows = plans.map((plan) => el("li", null, `${plan.name}，定于${time(plan.effective_at)}生效，第${plan.operation}步不能照做`));
  const agree = el("input", { type: "checkbox", id: "agree-overtake", checked: decision.overtake, onchange: (event) => (decision.overtake = event.target.checked) });
  return el("div", null, el("ul", { class: "look-list doubt" }, rows), el("label", { class: "check" }, agree, " 同意：这些待生效的方案作废，由起草人续作"));
}
