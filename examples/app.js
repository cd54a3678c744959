import { HocuspocusProvider } from "@hocuspocus/provider";
import { basicSetup, EditorView } from "codemirror";
import { yCollab } from "y-codemirror.next";

// The page of an app, which serves it: /app.html?document=teams/blue/plan
const asked = new URLSearchParams(location.search);
const light = document.querySelector("output");

/** Where the server is, and a token: asked of the app whenever one is needed, so that none has to be good for long. */
async function access() {
  const answer = await fetch("/collab-token");
  if (answer.status === 401) {
    location.assign("/login/?next=" + encodeURIComponent(location.pathname + location.search));
    await new Promise(() => {}); // the browser is on its way there
  }
  return answer.json();
}

const provider = new HocuspocusProvider({
  url: (await access()).url,
  name: asked.get("document") ?? "handbook/welcome",
  token: async () => (await access()).token,
});
provider.on("unsyncedChanges", ({ number }) => (light.textContent = number === 0 ? "saved" : "saving"));
provider.on("authenticationFailed", ({ reason }) => (light.textContent = reason));

new EditorView({
  parent: document.querySelector("#editor"),
  extensions: [basicSetup, yCollab(provider.document.getText("text"), provider.awareness)],
});
