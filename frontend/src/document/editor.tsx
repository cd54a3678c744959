/** BlockNote, bound to a connection. */
import "@blocknote/mantine/style.css";
import "../styles/editor.css";
import { en } from "@blocknote/core/locales";
import { withCollaboration } from "@blocknote/core/yjs";
import { BlockNoteView } from "@blocknote/mantine";
import {
  FormattingToolbar,
  FormattingToolbarController,
  getFormattingToolbarItems,
  SuggestionMenuController,
  useCreateBlockNote,
} from "@blocknote/react";
import { useMemo } from "react";
import type { Connection } from "../connection/connection.ts";
import type { Selected } from "../history/selection.ts";
import { useMedia } from "../ui/media.ts";
import { drawCursor } from "./cursor.ts";
import { SLASH_MENU } from "./slash-menu.ts";
import { ownUndo } from "./undo.ts";
import { WhoWroteButton } from "./who-wrote-button.tsx";

export { HistoryView } from "../history/history-view.tsx";

const placeholders = {
  emptyDocument: "Write something, or type / for blocks",
  default: "Write, or type / for blocks",
};

interface EditorProps {
  /** Must have received its document in full. */
  readonly connection: Connection;
  readonly editable: boolean;
  /** Shows who wrote a selection; null where the reader may not look back. */
  readonly askAbout: ((selected: Selected) => void) | null;
}

export default function Editor({ connection, editable, askAbout }: EditorProps) {
  const editor = useCreateBlockNote(
    withCollaboration({
      collaboration: {
        fragment: connection.fragment,
        user: { ...connection.user },
        provider: { awareness: connection.awareness },
        renderCursor: drawCursor,
      },
      extensions: [ownUndo({ fragment: connection.fragment })],
      // It marks a block's earlier type for a transition, and leaves the mark on a heading that is a document's first block.
      disableExtensions: ["previousBlockType"],
      dictionary: { ...en, placeholders: { ...en.placeholders, ...placeholders } },
      domAttributes: { editor: { "aria-label": "Text of the document", "aria-multiline": "true" } },
    }),
    [connection],
  );
  // Handles beside a block need room in the margin and a pointer that hovers.
  const roomy = useMedia("(min-width: 48rem) and (hover: hover)");
  const dark = useMedia("(prefers-color-scheme: dark)");
  // A new function would be a new toolbar, which opens anew.
  const Toolbar = useMemo(
    () => () => {
      const who = askAbout && <WhoWroteButton fragment={connection.fragment} askAbout={askAbout} />;
      return (
        <FormattingToolbar>
          {getFormattingToolbarItems()}
          {who}
        </FormattingToolbar>
      );
    },
    [connection, askAbout],
  );
  return (
    <BlockNoteView
      editor={editor}
      editable={editable}
      sideMenu={roomy && editable}
      formattingToolbar={false}
      slashMenu={false}
      theme={dark ? "dark" : "light"}
    >
      {editable && <FormattingToolbarController formattingToolbar={Toolbar} />}
      {editable && <SuggestionMenuController triggerCharacter="/" floatingUIOptions={SLASH_MENU} />}
    </BlockNoteView>
  );
}
