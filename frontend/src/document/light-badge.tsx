/** The light, to be seen and to be heard. */
import { useEffect, useRef, useState } from "react";
import { announcementOf, delayBefore, type Light } from "../connection/light.ts";
import type { Snapshot } from "../connection/snapshot.ts";
import { EyeIcon } from "../ui/icons.tsx";

interface Words {
  readonly short: string;
  /** Follows where there is room. */
  readonly more?: string;
  readonly long: string;
}

function wordsOf(light: Light, { unsaved, store, readOnly }: Snapshot): Words {
  switch (light) {
    case "connecting":
      return { short: "Connecting…", long: "Getting the newest state from the server." };
    case "saved":
      return { short: "Saved", long: "Everything you see is on the server’s disk." };
    case "saving":
      return { short: "Saving…", long: "Your last changes are on their way to the server’s disk." };
    case "offline":
      if (unsaved)
        return { short: "Offline, not saved", long: "Keep this window open: your last changes are only here." };
      if (readOnly) return { short: "Offline", long: "Others may have gone on writing since." };
      if (store === "none") return { short: "Offline", long: "What you write is sent when the server is back." };
      return { short: "Offline", long: "What you write is kept on this device, and sent when the server is back." };
    case "keeping":
      return { short: "Offline, keeping…", long: "Your last changes are on their way to this device’s disk." };
    case "kept":
      return {
        short: "Offline, kept",
        more: " on this device",
        long: "What you wrote is on this device’s disk, and sent to the server when it is back.",
      };
    case "refused":
      return { short: "Not saved", long: "The server refused a change. Copy what matters." };
    case "viewing":
      return { short: "View only", long: "You can read this document, and see others write." };
  }
}

export function LightBadge({ light, snapshot }: { light: Light; snapshot: Snapshot }) {
  const shown = useCalm(light);
  const { short, more, long } = wordsOf(shown, snapshot);
  return (
    <>
      <div className="save-light" data-light={shown} title={long}>
        {shown === "viewing" ? <EyeIcon /> : <span className="save-light-dot" aria-hidden="true" />}
        <span>
          {short}
          {more && <span className="save-light-more">{more}</span>}
        </span>
      </div>
      <Announcement light={shown} />
    </>
  );
}

/** The light without flicker: good news may be a moment late, bad news never. */
function useCalm(light: Light): Light {
  const [shown, setShown] = useState(light);
  const wait = delayBefore(light, shown);
  if (wait === 0 && shown !== light) setShown(light);
  useEffect(() => {
    if (wait === 0) return;
    const timer = setTimeout(() => setShown(light), wait);
    return () => clearTimeout(timer);
  }, [light, wait]);
  return wait === 0 ? light : shown;
}

/** Lights between a trouble and its end. */
const PASSING: readonly Light[] = ["saving", "connecting", "keeping"];

function Announcement({ light }: { light: Light }) {
  const trouble = useRef(light);
  const [words, setWords] = useState("");
  useEffect(() => {
    const next = announcementOf(light, trouble.current);
    if (next !== null) setWords(next);
    if (!PASSING.includes(light)) trouble.current = light;
  }, [light]);
  return (
    <span className="unseen" role="status">
      {words}
    </span>
  );
}
