/** A word when the reader may do more, or less, than a moment ago: what they see changes under their hands. */
import { useEffect, useRef } from "react";
import { Toasts, useToasts } from "../ui/toasts.tsx";

interface RoleChangeProps {
  /** The document has come from the server: what was known before was only remembered. */
  readonly heard: boolean;
  readonly readOnly: boolean;
}

export function RoleChange({ heard, readOnly }: RoleChangeProps) {
  const { toasts, tell, dismiss } = useToasts();
  const known = useRef<boolean | null>(null);
  useEffect(() => {
    if (!heard) return;
    const before = known.current;
    known.current = readOnly;
    if (before === null || before === readOnly) return;
    tell({ words: readOnly ? "You can only read this document now." : "You can write in this document now." });
  }, [heard, readOnly, tell]);
  // The word before the last one does not hold any more.
  return <Toasts toasts={toasts.slice(-1)} tell={tell} dismiss={dismiss} />;
}
