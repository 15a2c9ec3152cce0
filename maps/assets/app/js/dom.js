// Build page elements. Text from anywhere goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.setAttribute("class", value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Make an HTML element; children are nodes or text. */
export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

/** Show a code in groups of county, township, community, grid; its text stays unbroken. */
export function codeText(code) {
  const text = String(code ?? "");
  const cuts = [6, 9, 12, 15].filter((cut) => cut <= text.length);
  const parts = cuts.map((cut, index) => text.slice(index ? cuts[index - 1] : 0, cut));
  return el("span", { class: "code" }, parts.length ? parts.map((part) => el("span", null, part)) : text);
}

export function skeleton(lines = 4) {
  return Array.from({ length: lines }, () => el("span", { class: "skeleton tall" }));
}

/** Say what went wrong and what to do, with the number for the log when there is one. */
export function errorBox(error, retry) {
  return el(
    "div",
    { class: "notice bad", role: "alert" },
    el("p", null, error?.message || "出错了，请稍后再试。"),
    error?.reference ? el("p", { class: "field-hint" }, "编号：", el("code", { class: "wrap-anywhere" }, error.reference)) : null,
    error?.status === 401 ? el("a", { class: "button", href: `/login?next=${encodeURIComponent(location.pathname)}` }, "重新登录") : null,
    retry ? el("button", { type: "button", class: "button", onclick: retry }, "重试") : null,
  );
}
