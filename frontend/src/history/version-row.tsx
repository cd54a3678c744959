/** A version, and what can be done with it. */
import { BinIcon, DotsIcon, FlagIcon, PencilIcon, RestoreIcon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
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
  const { name, time, author } = version;
  const items = [
    { words: "Rename", icon: <PencilIcon />, run: () => deeds.rename(version) },
    {
      words: "Restore this",
      icon: <RestoreIcon />,
      run: () => deeds.restore(version.moment, Date.parse(version.time)),
    },
    { words: "Delete the name", icon: <BinIcon />, dangerous: true, run: () => deeds.remove(version) },
  ];
  return (
    <li className="version">
      <button
        type="button"
        className="past-row version-row"
        aria-current={chosen}
        title={author === null ? undefined : `Named by ${author}`}
        onClick={choose}
      >
        <FlagIcon />
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
