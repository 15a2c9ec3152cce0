// Say how fresh the page is: 实时, 数据延迟 N 秒, 已离线.

const STALE_AFTER_MS = 30_000;

export class LiveState {
  constructor(box, text) {
    this.box = box;
    this.text = text;
    this.lastSign = Date.now();
    this.connected = false;
    setInterval(() => this.show(), 1000);
    window.addEventListener("online", () => this.show());
    window.addEventListener("offline", () => this.show());
  }

  heard() {
    this.lastSign = Date.now();
    this.connected = true;
    this.show();
  }

  lost() {
    this.connected = false;
    this.show();
  }

  show() {
    const age = Date.now() - this.lastSign;
    let state = this.connected ? "live" : "waiting";
    let text = this.connected ? "实时" : "正在连接";
    if (!navigator.onLine) {
      state = "offline";
      text = "已离线";
    } else if (age > STALE_AFTER_MS) {
      state = "stale";
      text = `数据延迟 ${Math.round(age / 1000)} 秒`;
    }
    if (this.box.dataset.state !== state) this.box.dataset.state = state;
    if (this.text.textContent !== text) this.text.textContent = text;
  }
}
