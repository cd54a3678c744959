/** What went wrong, in words for the person it happened to. */
import { Problem, Unreachable } from "../session.ts";

/** The server's words as a sentence: it writes them without a capital and a full stop, as parts of others. */
export function sentence(words: string): string {
  const text = words.charAt(0).toLocaleUpperCase() + words.slice(1);
  return /[.!?…]$/u.test(text) ? text : `${text}.`;
}

/** Why something that the reader asked for was not done. */
export function wordsOfError(error: unknown): string {
  if (error instanceof Unreachable) return "The server cannot be reached. Check your connection and try again.";
  if (!(error instanceof Problem)) return "Something went wrong on this page.";
  if (error.status === 401) return "You are signed out.";
  if (error.code === "forbidden") return "You are not allowed to do this.";
  if (error.status >= 500) return "The server has a problem. Try again in a moment.";
  return sentence(error.message);
}
