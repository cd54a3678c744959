// What is the same for every editor: a form that says where to connect and as whom, and a light.
//
// The answers stay in the address behind the #, which browsers send to nobody: the token is as good as a password.

const asked = new URLSearchParams(location.hash.slice(1));
const fields = { server: "ws://127.0.0.1:8080", document: "examples/today", token: "", name: "Alice" };
const colors = ["#b3261e", "#1a6e3c", "#1d5fa8", "#8a4fa3", "#9a5b00"];

const form = document.createElement("form");
for (const [name, usual] of Object.entries(fields)) {
  const type = name === "token" ? "password" : "text";
  const value = asked.get(name) ?? usual;
  const input = Object.assign(document.createElement("input"), { name, type, value, required: true });
  const label = document.createElement("label");
  label.append(name, input);
  form.append(label);
}
const output = document.createElement("output");
form.append(Object.assign(document.createElement("button"), { textContent: "Open" }), output);
form.onsubmit = (event) => {
  event.preventDefault();
  location.hash = new URLSearchParams(new FormData(form));
  location.reload();
};
document.body.prepend(form);
if (!asked.get("token")) await new Promise(() => {}); // the page goes on when the form has been filled in

export const { server, document: name, token } = Object.fromEntries(new FormData(form));
export const user = { name: form.elements.name.value, color: colors[Math.floor(Math.random() * colors.length)] };

/** The light. Hocuspocus' provider counts what is not saved yet; the other only knows whether it is connected. */
export function show(provider) {
  const say = (words) => (output.textContent = words);
  if (provider.hasUnsyncedChanges === undefined) {
    provider.on("status", ({ status }) => say(status));
  } else {
    provider.on("unsyncedChanges", ({ number }) => say(number === 0 ? "saved" : "saving"));
    provider.on("close", () => say("offline"));
    provider.on("authenticationFailed", ({ reason }) => say(reason));
  }
  provider.on("connection-close", (event) => event?.reason && say(event.reason));
}
