/** Short words at the bottom of the page: what was done, and the way back. They stay while one is at them. */
import { useCallback, useEffect, useRef, useState } from "react";
import { CrossIcon } from "./icons.tsx";

export interface Toast {
  readonly words: string;
  /** Something was not done. */
  readonly bad?: boolean;
  readonly action?: { readonly words: string; readonly run: () => void };
}

interface Shown extends Toast {
  readonly id: number;
}

export interface Toaster {
  readonly toasts: readonly Shown[];
  readonly tell: (toast: Toast) => void;
  readonly dismiss: (id: number) => void;
}

const MOST = 3;
const STAY = 8000;
const STAY_BAD = 14_000;

export function useToasts(): Toaster {
  const [toasts, setToasts] = useState<readonly Shown[]>([]);
  const last = useRef(0);
  const tell = useCallback((toast: Toast) => {
    last.current += 1;
    const shown = { ...toast, id: last.current };
    setToasts((now) => [...now, shown].slice(-MOST));
  }, []);
  const dismiss = useCallback((id: number) => setToasts((now) => now.filter((toast) => toast.id !== id)), []);
  return { toasts, tell, dismiss };
}

export function Toasts({ toasts, dismiss }: Toaster) {
  // The region is there before its words are: screen readers announce what comes into it.
  return (
    <div className="toasts" role="status">
      {toasts.map((toast) => (
        <OneToast key={toast.id} toast={toast} dismiss={() => dismiss(toast.id)} />
      ))}
    </div>
  );
}

function OneToast({ toast, dismiss }: { toast: Shown; dismiss: () => void }) {
  const [held, setHeld] = useState(false);
  const end = useRef(dismiss);
  end.current = dismiss;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => end.current(), toast.bad ? STAY_BAD : STAY);
    return () => clearTimeout(timer);
  }, [held, toast.bad]);
  const { action } = toast;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: whoever is at it with mouse or focus only keeps it from going
    <div
      className={toast.bad ? "toast bad" : "toast"}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="toast-words">{toast.words}</span>
      {action !== undefined && (
        <button
          type="button"
          className="toast-action"
          onClick={() => {
            dismiss();
            action.run();
          }}
        >
          {action.words}
        </button>
      )}
      <button type="button" className="toast-close" aria-label="Dismiss" onClick={dismiss}>
        <CrossIcon />
      </button>
    </div>
  );
}
