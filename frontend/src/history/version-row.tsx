/** A version, and what can be done with it. */
import { BinIcon, DotsIcon, FlagIcon, HistoryIcon, PencilIcon, RestoreIcon } from "../ui/icons.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import type { Version } from "./client.ts";
import { dateWords } from "./days.ts";
import type { Deeds } from "./history-view.tsx";

interface VersionRowProps {
  readonly version: Version;
  readonly now: number;
  readonly chosen: boolean;
  readonly choose: () => void;
  readonly deeds: Deeds;
  readonly writes: boolean;
}

export function VersionRow({ version, now, chosen, choose, deeds, writes }: VersionRowProps) {
  const { time, author, automatic } = version;
  const name = version.name || "End of a sitting";
  const items: MenuItem[] = [
    { words: automatic ? "Name it" : "Rename", icon: <PencilIcon />, run: () => deeds.rename(version) },
    {
      words: "Restore this",
      icon: <RestoreIcon />,
      run: () => deeds.restore(version.moment, Date.parse(version.time)),
    },
  ];
  if (!automatic) {
    items.push({ words: "Delete the name", icon: <BinIcon />, dangerous: true, run: () => deeds.remove(version) });
  }
  return (
    <li className="version" data-automatic={automatic}>
      <button
        type="button"
        className="past-row version-row"
        aria-current={chosen}
        title={titleOf(author, automatic)}
        onClick={choose}
      >
        {automatic ? <HistoryIcon /> : <FlagIcon />}
        <span className="past-who">{name}</span>
        <span className="past-when">{dateWords(Date.parse(time), now)}</span>
      </button>
      {writes && (
        <Menu label={`Actions for the version ${name}`} className="quiet row-actions" items={items}>
          <DotsIcon />
        </Menu>
      )}
    </li>
  );
}

function titleOf(author: string | null, automatic: boolean): string | undefined {
  if (automatic) return "Made by itself when everybody had stopped writing";
  return author === null ? undefined : `Named by ${author}`;
}
