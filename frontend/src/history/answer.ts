/** What the server says to a question that changes as the reader moves: only the newest answer counts. */
import { useCallback, useEffect, useRef, useState } from "react";

export interface Answered<Answer> {
  /** The newest answer; while another is awaited, still the one before. */
  readonly answer: Answer | null;
  /** The question that `answer` belongs to. */
  readonly of: string | null;
  /** Why the newest question was not answered. */
  readonly error: unknown;
  readonly busy: boolean;
  /** Asks again. */
  readonly again: () => void;
}

/** Answers that are kept: moving back and forth between moments asks nothing again. */
const KEPT = 24;

/** Asks whenever `question` is another one; null asks nothing. Answers to the same question are the same for good. */
export function useAnswer<Answer>(
  question: string | null,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Answered<Answer> {
  const kept = useRef(new Map<string, Answer>());
  const asking = useRef(ask);
  asking.current = ask;
  const [round, setRound] = useState(0);
  const [state, setState] = useState<Omit<Answered<Answer>, "again" | "busy">>({ answer: null, of: null, error: null });
  const again = useCallback(() => setRound((last) => last + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round asks again
  useEffect(() => {
    if (question === null) {
      setState({ answer: null, of: null, error: null });
      return;
    }
    const known = kept.current.get(question);
    if (known !== undefined) {
      setState({ answer: known, of: question, error: null });
      return;
    }
    setState((now) => (now.error === null ? now : { ...now, error: null }));
    const controller = new AbortController();
    asking.current(controller.signal).then(
      (answer) => {
        if (controller.signal.aborted) return;
        kept.current.set(question, answer);
        const oldest = kept.current.keys().next().value;
        if (kept.current.size > KEPT && oldest !== undefined) kept.current.delete(oldest);
        setState({ answer, of: question, error: null });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setState((now) => ({ ...now, error }));
      },
    );
    return () => controller.abort();
  }, [question, round]);

  return { ...state, busy: question !== null && state.of !== question && state.error === null, again };
}
