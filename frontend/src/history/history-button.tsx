import type { RefObject } from "react";
import { HistoryIcon } from "../ui/icons.tsx";
import type { History } from "./history.ts";

interface HistoryButtonProps {
  readonly history: History;
  /** The focus comes back to it. */
  readonly button: RefObject<HTMLButtonElement | null>;
}

/** Opens the history of the document, and closes it. */
export function HistoryButton({ history, button }: HistoryButtonProps) {
  const { open, show, close } = history;
  return (
    <button
      ref={button}
      type="button"
      className="quiet history-button"
      aria-label="History"
      title="History"
      aria-expanded={open}
      onClick={open ? close : show}
    >
      <HistoryIcon />
    </button>
  );
}
