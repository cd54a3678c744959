/** A dialog over the page: what is behind it waits, and the focus goes back to where it came from. */
import { type ReactNode, type RefObject, useEffect, useRef } from "react";

interface ModalProps {
  readonly open: boolean;
  /** Called when the reader closes it with Escape or beside it. Without it, it stays until it is answered. */
  readonly close?: () => void;
  /** The id of its heading. */
  readonly heading: string;
  /** What gets the focus. */
  readonly first?: RefObject<HTMLElement | null>;
  /** With room for lists, and a head that stays where it is. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Modal({ open, close, heading, first, wide = false, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === open) return;
    if (open) {
      element.showModal();
      first?.current?.focus();
    } else {
      element.close();
    }
  }, [open, first]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard's way is Escape, which the browser brings as "cancel"
    <dialog
      ref={dialog}
      className={wide ? "modal wide" : "modal"}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
      onClose={() => {
        // Escape twice closes a dialog whatever its page says.
        if (!open) return;
        if (close === undefined) dialog.current?.showModal();
        else close();
      }}
      onClick={(event) => event.target === dialog.current && close?.()}
    >
      <div className="modal-body">{children}</div>
    </dialog>
  );
}
