import { createExtension, type ExtensionOptions } from "@blocknote/core";
import { redoCommand, undoCommand, ySyncPluginKey, yUndoPlugin } from "y-prosemirror";
import * as Y from "yjs";

/** True for what an undo may delete: everything but a block, or a text, in which something is left. */
function mayBeUndone(item: Y.Item): boolean {
  if (!(item instanceof Y.Item) || !(item.content instanceof Y.ContentType)) return true;
  const { type } = item.content;
  return !(type instanceof Y.XmlFragment || type instanceof Y.XmlText) || type.length === 0;
}

/**
 * Undo that takes back a person's own edits and nobody else's.
 *
 * In place of BlockNote's extension of the same key (the first registration wins). BlockNote's keeps a paragraph in
 * which others have written since, but not the containers around it, so whoever made a block could undo it with
 * everything that others wrote into it.
 */
export const ownUndo = createExtension(({ options }: ExtensionOptions<{ fragment: Y.XmlFragment }>) => {
  const undoManager = new Y.UndoManager(options.fragment, {
    trackedOrigins: new Set([ySyncPluginKey]),
    deleteFilter: mayBeUndone,
    captureTransaction: (transaction) => transaction.meta.get("addToHistory") !== false,
  });
  return {
    key: "yUndo",
    prosemirrorPlugins: [yUndoPlugin({ undoManager })],
    dependsOn: ["yCursor", "ySync"],
    undoCommand,
    redoCommand,
  } as const;
});
