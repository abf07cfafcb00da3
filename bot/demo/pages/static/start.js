// Without this script the page works as well: it then changes when it is loaded anew.
"use strict";

const live = new EventSource("/live");

live.addEventListener("message", (message) => {
  for (const [id, html] of Object.entries(JSON.parse(message.data))) {
    const part = document.getElementById(id);
    // What somebody has the focus on is replaced under their hands, and must keep it.
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
});

live.addEventListener("error", () => {
  document.getElementById("said").textContent = "The demo does not answer. Has it been ended in its terminal?";
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button.dataset.busy) return;
  button.dataset.busy = "yes";
  try {
    // What came of it arrives over the live stream.
    await fetch(event.target.action, { method: "POST", redirect: "manual" });
  } finally {
    delete button.dataset.busy;
  }
});
