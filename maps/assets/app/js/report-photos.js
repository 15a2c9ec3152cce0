// The photos of a report: small ones in a row; one that is opened fills the window and says when and by whom.

import { get, send } from "./api.js";
import { el, errorBox } from "./dom.js";
import { metres, time } from "./format.js";

/** Fill `target` with the photos of a report; stays empty where there are none. */
export async function showPhotos(target, id, { isCurrent = () => true } = {}) {
  let items;
  try {
    ({ items } = await get(`/v1/reports/${encodeURIComponent(id)}/photos`));
  } catch (error) {
    if (isCurrent()) target.replaceChildren(...(error.status === 403 ? [] : [el("p", { class: "quiet-line" }, "照片暂时看不到，有网络时再打开。")]));
    return;
  }
  if (!isCurrent()) return;
  const there = items.filter((photo) => !photo.withdrawn);
  const again = () => showPhotos(target, id, { isCurrent });
  const tiles = items.map((photo) => (photo.withdrawn ? gone(photo) : small(photo, there, again)));
  const facts = there.length ? el("p", { class: "field-hint" }, "照片已清除手机写入的信息，加盖了时间、网格和编号。") : null;
  target.replaceChildren(...(items.length ? [el("h3", null, `照片 ${there.length}张`), el("ul", { class: "photos" }, tiles), facts].filter(Boolean) : []));
}

function taken(photo) {
  return photo.clock_doubt ? `收到 ${time(photo.received_at)}，手机时间不准` : time(photo.taken_at);
}

function small(photo, all, again) {
  const open = () => new Viewer(all, all.indexOf(photo), again);
  return el("li", null, el("button", { type: "button", class: "photo", "data-photo": photo.id, "aria-label": `放大照片：${taken(photo)}，${photo.by}`, onclick: open }, el("img", { src: photo.url, loading: "lazy", alt: "", width: photo.width, height: photo.height })), el("span", { class: "quiet-line" }, taken(photo)));
}

function gone({ withdrawn: { at, by, reason } }) {
  return el("li", { class: "photo-gone" }, el("span", { class: "photo" }, "照片已撤回"), el("span", { class: "quiet-line wrap-anywhere" }, [time(at), by, reason].filter(Boolean).join(" ")));
}

class Viewer {
  constructor(photos, index, onWithdrawn) {
    Object.assign(this, { photos, index, onWithdrawn });
    this.before = document.activeElement;
    this.box = el("dialog", { class: "photo-viewer", "aria-label": "照片" });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("close", () => this.end());
    this.box.addEventListener("click", (event) => event.target === this.box && this.box.close());
    this.leave = () => this.box.close(); // the back key of a phone
    window.addEventListener("popstate", this.leave);
    document.body.append(this.box);
    this.box.showModal();
    this.show();
    this.box.querySelector(".photo-close").focus();
  }

  end() {
    window.removeEventListener("popstate", this.leave);
    this.box.remove();
    if (this.before?.isConnected) this.before.focus();
  }

  /** Keys are for the photo as long as it is open: Esc closes it and nothing below it. */
  key(event) {
    event.stopPropagation();
    if (event.target.matches("input")) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) this.turn(step);
  }

  turn(step) {
    const next = this.index + step;
    if (next < 0 || next >= this.photos.length) return;
    this.index = next;
    this.show();
    this.box.querySelector(".photo-close").focus();
  }

  show() {
    const photo = this.photos[this.index];
    delete this.box.dataset.asking;
    const { length } = this.photos;
    const way = (step, words) => el("button", { type: "button", class: "button", disabled: !this.photos[this.index + step], onclick: () => this.turn(step) }, words);
    this.foot = el("div", { class: "photo-foot", "aria-live": "polite" }, photo.may_withdraw === "no" ? null : el("button", { type: "button", class: "button", onclick: () => this.ask(photo) }, "撤回这张照片"));
    this.box.replaceChildren(
      el("header", { class: "photo-head" }, el("p", null, el("b", null, `${this.index + 1}／${length}`), ` ${taken(photo)}，${photo.by}`, photo.position ? el("span", { class: "quiet-line" }, `有拍摄位置${photo.position.accuracy_m ? `，误差${metres(photo.position.accuracy_m)}` : ""}`) : null), el("button", { type: "button", class: "button photo-close", onclick: () => this.box.close() }, "关闭")),
      el("img", { src: photo.url, alt: `照片，${taken(photo)}，${photo.by}`, width: photo.width, height: photo.height }),
      ...(length > 1 ? [el("p", { class: "photo-ways" }, way(-1, "‹ 上一张"), way(1, "下一张 ›"))] : []),
      this.foot,
    );
  }

  /** Say what is lost before it is; the desk says why. */
  ask(photo) {
    const needed = photo.may_withdraw === "with_reason";
    const reason = el("input", { class: "input", id: "photo-reason", maxlength: 200, required: needed });
    const trouble = el("div", { "aria-live": "assertive" });
    const submit = async (event) => {
      event.preventDefault();
      const words = reason.value.trim();
      if (needed && !words) {
        trouble.replaceChildren(el("p", { class: "notice bad", role: "alert" }, "请写撤回的原因。"));
        reason.focus();
        return;
      }
      try {
        await send("POST", `${photo.url}/withdraw`, words ? { reason: words } : {});
        this.box.close();
        this.onWithdrawn();
      } catch (error) {
        trouble.replaceChildren(errorBox(error));
      }
    };
    this.foot.replaceChildren(
      el("form", { class: "photo-withdraw", novalidate: true, onsubmit: submit }, el("p", null, "撤回后图片删除，不能恢复；办理过程里留下谁、何时撤回。"), el("div", { class: "field" }, el("label", { for: "photo-reason" }, needed ? "撤回的原因" : "撤回的原因（可不填）"), reason), trouble, el("div", { class: "dialog-actions" }, el("button", { type: "button", class: "button", onclick: () => this.show() }, "取消"), el("button", { type: "submit", class: "button primary" }, "撤回"))),
    );
    this.box.dataset.asking = "yes";
    reason.focus();
  }
}
