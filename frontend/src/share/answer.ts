import { useCallback, useEffect, useRef, useState } from "react";

interface Answer<T> {
  /** The newest answer; null before the first. */
  readonly value: T | null;
  /** Why the newest question was not answered. */
  readonly error: unknown;
  readonly refresh: () => Promise<void>;
}

/** Asks when it is first shown, and whenever `refresh` is called; the newest question's answer counts. */
export function useAnswer<T>(ask: () => Promise<T>): Answer<T> {
  const [state, setState] = useState<{ value: T | null; error: unknown }>({ value: null, error: null });
  const asked = useRef(0);
  const refresh = useCallback(async () => {
    asked.current += 1;
    const turn = asked.current;
    const settle = (next: (now: { value: T | null }) => { value: T | null; error: unknown }) => {
      if (turn === asked.current) setState(next);
    };
    await ask().then(
      (value) => settle(() => ({ value, error: null })),
      (error: unknown) => settle(({ value }) => ({ value, error })),
    );
  }, [ask]);
  useEffect(() => {
    void refresh();
    return () => {
      asked.current += 1;
    };
  }, [refresh]);
  return { ...state, refresh };
}
