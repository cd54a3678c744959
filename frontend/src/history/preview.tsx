/** A moment of the document, in an editor of its own that nobody can write in and that is connected to nothing. */
import { en } from "@blocknote/core/locales";
import { BlockNoteView } from "@blocknote/mantine";
import { useCreateBlockNote } from "@blocknote/react";
import { useLayoutEffect, useState } from "react";
import { yXmlFragmentToProseMirrorRootNode } from "y-prosemirror";
import * as Y from "yjs";
import { FRAGMENT } from "../connection/connection.ts";
import { useMedia } from "../ui/media.ts";

export function Preview({ update }: { update: Uint8Array }) {
  const editor = useCreateBlockNote({
    disableExtensions: ["previousBlockType"],
    dictionary: en,
    trailingBlock: false,
    domAttributes: { editor: { "aria-label": "Text of the document at this moment", "aria-multiline": "true" } },
  });
  const dark = useMedia("(prefers-color-scheme: dark)");
  const [empty, setEmpty] = useState(false);
  useLayoutEffect(() => {
    const document = new Y.Doc();
    Y.applyUpdate(document, update);
    const fragment = document.getXmlFragment(FRAGMENT);
    setEmpty(fragment.length === 0);
    if (fragment.length > 0) {
      // One editor for all moments: a new one for each step of the slider would flicker.
      const then = yXmlFragmentToProseMirrorRootNode(fragment, editor.pmSchema);
      editor.transact((transaction) => {
        transaction.replaceWith(0, transaction.doc.content.size, then.content).setMeta("addToHistory", false);
      });
    }
    document.destroy();
  }, [editor, update]);
  return (
    <>
      {empty && <p className="drawn-same">Nothing stood here yet.</p>}
      <div hidden={empty}>
        <BlockNoteView
          editor={editor}
          editable={false}
          sideMenu={false}
          formattingToolbar={false}
          slashMenu={false}
          theme={dark ? "dark" : "light"}
        />
      </div>
    </>
  );
}
