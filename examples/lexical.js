import { name, server, show, token, user } from "./page.js";

import { HocuspocusProvider } from "@hocuspocus/provider";
import { registerPlainText } from "@lexical/plain-text";
import { createBinding, initLocalState, syncCursorPositions, syncLexicalUpdateToYjs, syncYjsChangesToLexical } from "@lexical/yjs";
import { $createParagraphNode, $getRoot, createEditor, SKIP_COLLAB_TAG } from "lexical";

// With React, CollaborationPlugin of @lexical/react does all of this.
const provider = new HocuspocusProvider({ url: `${server}/collab`, name, token });
const ydoc = provider.document;
const editor = createEditor({ onError: console.error });
const binding = createBinding(editor, provider, name, ydoc, new Map([[name, ydoc]]));

binding.root.getSharedType().observeDeep((events, { origin }) => {
  if (origin !== binding) syncYjsChangesToLexical(binding, provider, events, false);
});
editor.registerUpdateListener(({ prevEditorState, editorState, dirtyElements, dirtyLeaves, normalizedNodes, tags }) => {
  if (tags.has(SKIP_COLLAB_TAG)) return;
  syncLexicalUpdateToYjs(binding, provider, prevEditorState, editorState, dirtyElements, dirtyLeaves, normalizedNodes, tags);
});
provider.on("synced", () => editor.update(() => {
  if (binding.root.isEmpty()) $getRoot().append($createParagraphNode()); // somewhere to write
}));

initLocalState(provider, user.name, user.color, true, {});
binding.cursorsContainer = document.querySelector("#cursors");
provider.awareness.on("update", () => syncCursorPositions(binding, provider));

registerPlainText(editor);
editor.setRootElement(document.querySelector("#editor [contenteditable]"));

show(provider);
