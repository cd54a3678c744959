/** Search as you type. The address follows the typing, a moment behind. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { SearchIcon } from "../ui/icons.tsx";
import { isTyping } from "../ui/typing.ts";
import { MAX_QUERY, queryOfTyping } from "./view.ts";

interface SearchFieldProps {
  /** What is searched for now. */
  readonly q: string;
  readonly label: string;
  /** An answer is on its way. */
  readonly busy: boolean;
  /** The id of what is searched. */
  readonly controls: string;
  readonly search: (q: string) => void;
  /** Enter, when the search is the one that is shown. */
  readonly openFirst: () => void;
  /** The down arrow. */
  readonly enterList: () => void;
}

const PAUSE = 160;

export function SearchField({ q, label, busy, controls, search, openFirst, enterList }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [text, setText] = useState(q);

  // Going back and forth changes what is searched for without typing.
  useEffect(() => {
    if (timer.current === undefined) setText((now) => (queryOfTyping(now) === q ? now : q));
  }, [q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);

  const send = (words: string) => {
    clearTimeout(timer.current);
    timer.current = undefined;
    if (queryOfTyping(words) !== q) search(queryOfTyping(words));
  };
  const type = (words: string) => {
    setText(words);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(words), words === "" ? 0 : PAUSE);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape" && text !== "") type("");
    else if (event.key === "ArrowDown") enterList();
    else if (event.key === "Enter" && queryOfTyping(text) !== q) send(text);
    else if (event.key === "Enter") openFirst();
    else return;
    event.preventDefault();
  };

  return (
    <search className="search">
      <SearchIcon />
      <input
        ref={input}
        type="search"
        value={text}
        placeholder={label}
        maxLength={MAX_QUERY}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-label={label}
        aria-controls={controls}
        aria-keyshortcuts="/"
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <span className={busy ? "spinner" : "key"} aria-hidden="true">
        {!busy && "/"}
      </span>
    </search>
  );
}
