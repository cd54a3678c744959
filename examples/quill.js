import { name, server, show, token, user } from "./page.js";

import "quill/dist/quill.snow.css";
import Quill from "quill";
import QuillCursors from "quill-cursors";
import { QuillBinding } from "y-quill";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const ydoc = new Y.Doc();
const provider = new WebsocketProvider(`${server}/yjs`, encodeURIComponent(name), ydoc, { params: { token } });
provider.awareness.setLocalStateField("user", user); // { name, color }

Quill.register("modules/cursors", QuillCursors);
const quill = new Quill("#editor", { theme: "snow", modules: { cursors: true, history: { userOnly: true } } });
new QuillBinding(ydoc.getText("quill"), quill, provider.awareness);

show(provider);
