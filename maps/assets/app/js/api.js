// Talk to the service: same origin, JSON, errors in the words that the service chose.

export class ServiceError extends Error {
  constructor(status, message, reference, problem = {}) {
    super(message);
    this.status = status;
    this.reference = reference;
    this.problem = problem; // the typed extras of the refusal: reason, grids, geometry, …
  }
}

const WORDS_BY_STATUS = {
  401: "登录已失效，请重新登录。",
  403: "您没有查看权限。",
  404: "没有找到，可能已被移走。",
  429: "操作太频繁，请稍后再试。",
  503: "服务暂时不可用，请稍后再试。",
};

async function refusal(response) {
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    problem = {}; // a proxy may answer with something else than JSON
  }
  const message = problem.detail || WORDS_BY_STATUS[response.status] || problem.title || "出错了，请把编号告诉管理员。";
  const reference = response.headers.get("X-Request-ID") ?? "";
  return new ServiceError(response.status, message, reference, problem);
}

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError(0, navigator.onLine ? "连不上服务，请检查网络。" : "已离线，请检查网络。", "");
  }
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}

export function get(url, { signal } = {}) {
  return ask(url, { headers: { Accept: "application/json" }, signal });
}

export function send(method, url, body, headers = {}, { signal } = {}) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  return ask(url, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token, ...headers },
    body: JSON.stringify(body ?? {}),
    signal,
  });
}

/** Send a form with a file. */
export function sendForm(url, form) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  return ask(url, { method: "POST", headers: { "X-CSRF-Token": token }, body: form });
}

/** Build an address below /v1; parameters without a value are left out. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
