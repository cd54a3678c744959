import { name, server, show, token, user } from "./page.js";

import { HocuspocusProvider } from "@hocuspocus/provider";
import { Editor } from "@tiptap/core";
import Collaboration from "@tiptap/extension-collaboration";
import CollaborationCaret from "@tiptap/extension-collaboration-caret";
import StarterKit from "@tiptap/starter-kit";

const provider = new HocuspocusProvider({ url: `${server}/collab`, name, token });

new Editor({
  element: document.querySelector("#editor"),
  extensions: [
    StarterKit.configure({ undoRedo: false }), // Collaboration undoes only one's own
    Collaboration.configure({ document: provider.document }),
    CollaborationCaret.configure({ provider, user }), // { name, color }
  ],
});

show(provider);
