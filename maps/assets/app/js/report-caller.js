// The caller of a report as far as that is shown; the whole of it on asking, which is written down.

import { get } from "./api.js";
import { el } from "./dom.js";

export function phone(text) {
  if (!text) return null;
  return /^\+?\d{7,15}$/.test(text) ? el("a", { class: "phone", href: `tel:${text}` }, text) : el("span", { class: "phone" }, text);
}

/** Name and phone, masked, and a button for all of it; `onOpen` leads to the report of another caller. */
export function callerBox({ id, reporter }, onOpen = null) {
  const box = el("span");
  const button = el("button", { type: "button", class: "link", "data-reveal": id }, "看完整电话（留痕）");
  button.addEventListener("click", async () => {
    try {
      const whole = await get(`/v1/reports/${encodeURIComponent(id)}/reporter`);
      const number = (one) => (onOpen ? el("button", { type: "button", class: "link", onclick: () => onOpen(one.report) }, one.number) : one.number);
      const others = (whole.others ?? []).map((one) => el("span", { class: "desk-other" }, number(one), ` ${one.name ?? "未留姓名"} `, phone(one.phone)));
      box.replaceChildren(...[`${whole.name ?? "未留姓名"} `, phone(whole.phone), ...(others.length ? [el("span", { class: "quiet-line" }, "并入件的来电人："), ...others] : [])].filter(Boolean));
    } catch (error) {
      box.replaceChildren(error.message);
    }
  });
  box.append(reporter.name ?? "未留姓名", " ", phone(reporter.phone) ?? "未留电话", " ", button);
  return box;
}
