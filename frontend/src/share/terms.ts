/** What a link is worth, in words, and what was typed about it, as the server takes it. */
import type { Role } from "../session.ts";
import type { Share } from "./sharing.ts";

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: "Can view",
  commenter: "Can comment",
  editor: "Can edit",
  owner: "Owner",
};

/** Roles that a link may give: nobody becomes an owner by a link. */
export const LINK_ROLES: readonly Role[] = ["viewer", "commenter", "editor"];

export type Standing = "open" | "revoked" | "expired" | "used up";

/** Whether a link lets anybody in, at the time `now`. */
export function standingOf({ revoked, expires, maxUses, uses }: Share, now: number): Standing {
  if (revoked !== null) return "revoked";
  if (expires !== null && Date.parse(expires) <= now) return "expired";
  return maxUses !== null && uses >= maxUses ? "used up" : "open";
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const dated = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** In how long something ends: "in 3 days", "in less than a minute"; a date where that is far. */
export function untilWords(then: number, now: number): string {
  const left = then - now;
  if (left > 45 * 86_400_000) return `on ${dated.format(then)}`;
  for (const [unit, length] of UNITS) {
    if (left >= length) return relative.format(Math.round(left / length), unit);
  }
  return "in less than a minute";
}

/** How often a link was used, and how often it may be. */
export function usesWords({ uses, maxUses }: Share): string {
  if (maxUses !== null) return `${uses} of ${maxUses} used`;
  return uses === 0 ? "not used yet" : `used ${uses === 1 ? "once" : uses === 2 ? "twice" : `${uses} times`}`;
}

/** A link's terms in one line. */
export function termsWords(share: Share, now: number): string {
  const standing = standingOf(share, now);
  const words: string[] = [ROLE_WORDS[share.role]];
  if (standing === "revoked") words.push("revoked");
  else if (standing === "expired") words.push(`expired on ${dated.format(Date.parse(share.expires ?? ""))}`);
  else if (share.expires !== null) words.push(`expires ${untilWords(Date.parse(share.expires), now)}`);
  if (share.password) words.push("password");
  words.push(standing === "used up" ? `used up (${share.uses} of ${share.maxUses})` : usesWords(share));
  return words.join(" · ");
}

/** Times that are offered for a link to end, in milliseconds from now. */
export const LIFETIMES: readonly [words: string, length: number][] = [
  ["In an hour", 3_600_000],
  ["In a day", 86_400_000],
  ["In a week", 7 * 86_400_000],
  ["In 30 days", 30 * 86_400_000],
];

/** The number of uses that was typed: null for no limit, undefined for what is no such number. */
export function usesOfTyping(text: string): number | null | undefined {
  const typed = text.trim();
  if (typed === "") return null;
  const number = /^\d{1,6}$/.test(typed) ? Number(typed) : 0;
  return number >= 1 ? number : undefined;
}

/** A moment as a field for date and time holds it, in the reader's own zone. */
export function fieldOfTime(then: number): string {
  const date = new Date(then);
  const part = (number: number, length = 2) => String(number).padStart(length, "0");
  const day = `${part(date.getFullYear(), 4)}-${part(date.getMonth() + 1)}-${part(date.getDate())}`;
  return `${day}T${part(date.getHours())}:${part(date.getMinutes())}`;
}
