// Change one's own password.

import { send } from "./api.js";
import { byId, el } from "./dom.js";

const message = byId("password-message");

function say(text, mood) {
  message.textContent = text;
  message.className = `notice ${mood}`;
  message.hidden = false;
}

byId("password-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (byId("new-password").value !== byId("repeat-password").value) {
    say("两次输入的新密码不一样。", "bad");
    byId("repeat-password").focus();
    return;
  }
  try {
    await send("POST", "/v1/password", { old_password: byId("old-password").value, new_password: byId("new-password").value });
    event.target.reset();
    say("密码已修改。 ", "good");
    message.append(el("a", { href: message.dataset.home }, "继续"));
  } catch (error) {
    say(error.message, "bad");
  }
});
