/** Told over the list when the server does not know the reader any more. What they typed stays behind it. */
import { useEffect, useId, useRef } from "react";
import { KeyIcon } from "../ui/icons.tsx";
import { Modal } from "../ui/modal.tsx";

export function SignedOut({ open, again }: { open: boolean; again: () => void }) {
  const heading = useId();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    // The link may have been opened in another window of this browser, which signs in this one as well.
    window.addEventListener("focus", again);
    return () => window.removeEventListener("focus", again);
  }, [open, again]);
  return (
    <Modal open={open} heading={heading} first={button}>
      <div className="signed-out">
        <div className="notice-icon">
          <KeyIcon />
        </div>
        <h2 id={heading}>You are signed out</h2>
        <p>
          Open a fresh link in this browser to come back in (<code>collab link</code> prints one), then go on here.
          Nothing you typed is lost.
        </p>
        <button ref={button} type="button" className="button primary" onClick={again}>
          Go on
        </button>
      </div>
    </Modal>
  );
}
