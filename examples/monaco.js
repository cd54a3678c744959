import { name, server, show, token, user } from "./page.js";

import * as monaco from "monaco-editor/esm/vs/editor/editor.api.js";
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import { MonacoBinding } from "y-monaco";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const ydoc = new Y.Doc();
const provider = new WebsocketProvider(`${server}/yjs`, encodeURIComponent(name), ydoc, { params: { token } });
const { awareness } = provider;
awareness.setLocalStateField("user", user); // { name, color }

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };
const editor = monaco.editor.create(document.querySelector("#editor"), { automaticLayout: true });
editor.getModel().setEOL(monaco.editor.EndOfLineSequence.LF); // Yjs counts a line's end as one character
new MonacoBinding(ydoc.getText("text"), editor.getModel(), new Set([editor]), awareness);

// The binding marks others' cursors with a class for each person; whose they are is said here.
const names = document.head.appendChild(document.createElement("style"));
awareness.on("change", () => {
  const rules = [...awareness.getStates()].map(([id, { user }]) =>
    `.yRemoteSelectionHead-${id}::after { content: ${JSON.stringify(user?.name ?? "")} }`);
  names.textContent = rules.join("\n");
});

show(provider);
