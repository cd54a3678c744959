/** A link that was made just now. Its secret is told this once: the server keeps only what recognises it. */
import { useEffect, useId, useRef, useState } from "react";
import { copyText } from "../ui/clipboard.ts";
import { CheckIcon } from "../ui/icons.tsx";
import type { MadeShare } from "./sharing.ts";

interface MadeLinkProps {
  readonly share: MadeShare;
  /** It is on the clipboard already. */
  readonly copied: boolean;
  readonly done: () => void;
}

export function MadeLink({ share, copied, done }: MadeLinkProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [again, setAgain] = useState<"idle" | "done" | "failed">("idle");
  useEffect(() => button.current?.focus(), []);
  const isCopied = copied || again === "done";
  const copy = () => void copyText(share.url).then((ok) => setAgain(ok ? "done" : "failed"));
  return (
    <div className="share-body">
      <label htmlFor={`${id}-url`}>{share.name ? `The link “${share.name}”` : "The link"}</label>
      <div className="made-link">
        <input
          id={`${id}-url`}
          className="field"
          type="text"
          readOnly
          value={share.url}
          aria-describedby={`${id}-once`}
          onFocus={(event) => event.target.select()}
        />
        <button ref={button} type="button" className="button primary" onClick={copy}>
          {isCopied && <CheckIcon />}
          {isCopied ? "Copied" : "Copy link"}
        </button>
      </div>
      <p className="share-words" id={`${id}-once`}>
        It is shown only now, and cannot be shown again: send it before you go on.
        {share.password && " Tell the password in another way than the link."}
      </p>
      <p className="unseen" role="status">
        {isCopied ? "The link is copied." : again === "failed" ? "It could not be copied: select it by hand." : ""}
      </p>
      <div className="modal-actions">
        <button type="button" className="button" onClick={done}>
          Done
        </button>
      </div>
    </div>
  );
}
