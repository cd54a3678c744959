import { useBlockNoteEditor, useComponentsContext } from "@blocknote/react";
import { absolutePositionToRelativePosition, ySyncPluginKey } from "y-prosemirror";
import type * as Y from "yjs";
import { piecesBetween, type Selected } from "../history/selection.ts";
import { PersonIcon } from "../ui/icons.tsx";

const LABEL = "Who wrote this";

interface WhoWroteButtonProps {
  readonly fragment: Y.XmlFragment;
  readonly askAbout: (selected: Selected) => void;
}

/** In the toolbar over a selection: asks who wrote it. */
export function WhoWroteButton({ fragment, askAbout }: WhoWroteButtonProps) {
  const editor = useBlockNoteEditor();
  const Components = useComponentsContext();
  if (Components === undefined) return null;
  const ask = () => {
    const { from, to } = editor.prosemirrorState.selection;
    const { binding } = ySyncPluginKey.getState(editor.prosemirrorState);
    const place = (position: number) => absolutePositionToRelativePosition(position, fragment, binding.mapping);
    const pieces = piecesBetween(fragment, place(from), place(to));
    askAbout({ key: String(Date.now()), pieces, refocus: () => editor.focus() });
  };
  return (
    <Components.FormattingToolbar.Button
      className="bn-button"
      label={LABEL}
      mainTooltip={LABEL}
      icon={<PersonIcon />}
      onClick={ask}
    />
  );
}
