import { useEffect, useState } from "react";
import { copyText } from "../ui/clipboard.ts";

const LABELS = { idle: "Copy unsaved text", done: "Copied", failed: "Select it and copy by hand" };

/** How long the button says what came of it, in milliseconds. */
const TELLS_MS = 3_000;

/** Takes what is not saved to the clipboard. */
export function CopyButton({ text, primary = false }: { text: () => string; primary?: boolean }) {
  const [state, setState] = useState<keyof typeof LABELS>("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), TELLS_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => void copyText(text()).then((done) => setState(done ? "done" : "failed"));
  return (
    <>
      <button type="button" className={primary ? "button primary" : "button"} onClick={copy}>
        {LABELS[state]}
      </button>
      <span className="unseen" role="status">
        {state === "idle" ? "" : LABELS[state]}
      </span>
    </>
  );
}
