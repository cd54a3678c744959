import { name, server, show, token, user } from "./page.js";

import { HocuspocusProvider } from "@hocuspocus/provider";
import { basicSetup, EditorView } from "codemirror";
import { yCollab } from "y-codemirror.next";

const provider = new HocuspocusProvider({ url: `${server}/collab`, name, token });
provider.setAwarenessField("user", user); // { name, color }

new EditorView({
  parent: document.querySelector("#editor"),
  extensions: [basicSetup, yCollab(provider.document.getText("text"), provider.awareness)],
});

show(provider);
