// A call that the next one interrupts is put aside: offered above the form, where no open list lies over it, until
// somebody goes on with it. Registering the next call leaves the offer where it is.

import { byId, el } from "./dom.js";

export function putAside(call) {
  const aside = call.snapshot();
  if (!aside) return;
  const told = call.toldWords().slice(0, 12);
  const goOn = () => {
    offer.remove();
    putAside(call);
    call.restore(aside);
  };
  const words = `上一个来电还没有登记，已放在一边${told && `（${told}）`}。 `;
  const offer = el("p", { class: "notice doubt" }, words, el("button", { type: "button", class: "link", onclick: goOn }, "接着登记"));
  byId("call-aside").append(offer);
}
