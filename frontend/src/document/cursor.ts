import type { CollaborationUser } from "@blocknote/core/yjs";
import { onColor } from "../connection/presence.ts";

/**
 * Another person's cursor, in BlockNote's classes. Unlike BlockNote's own it sets properties and not a style attribute:
 * the content security policy allows the one and not the other, and a claimed colour stays a colour.
 */
export function drawCursor(user: CollaborationUser): HTMLElement {
  const base = document.createElement("span");
  base.className = "bn-collaboration-cursor__base";
  const caret = document.createElement("span");
  caret.className = "bn-collaboration-cursor__caret";
  caret.contentEditable = "false";
  caret.style.backgroundColor = user.color;
  const label = document.createElement("span");
  label.className = "bn-collaboration-cursor__label";
  label.style.backgroundColor = user.color;
  label.style.color = onColor(user.color);
  label.textContent = user.name;
  caret.append(label);
  // Word joiners keep the browser's own caret steps right around an element without text.
  base.append("\u2060", caret, "\u2060");
  return base;
}
