/** Where the menu of blocks opens: below the line that is written, or above it where there is more room. */
import { detectOverflow, type Middleware, offset, shift, size } from "@floating-ui/react";

const MARGIN = 10;

/** Pixels that are enough to choose from. */
const ROOM = 320;

/**
 * BlockNote's own choice of a side measures the menu as it has been cut to the room below, and so stays there, however
 * little that is.
 */
const roomier: Middleware = {
  name: "roomier",
  async fn(state) {
    const over = await detectOverflow(state, { elementContext: "reference", padding: MARGIN });
    const [above, below] = [-over.top, -over.bottom];
    const isBetterAbove = state.placement === "bottom-start" && below < ROOM && above > below;
    return isBetterAbove ? { reset: { placement: "top-start" } } : {};
  },
};

export const SLASH_MENU = {
  useFloatingOptions: {
    middleware: [
      offset(MARGIN),
      roomier,
      shift(),
      size({
        padding: MARGIN,
        apply: ({ elements, availableHeight }) => {
          elements.floating.style.maxHeight = `${Math.max(0, availableHeight)}px`;
        },
      }),
    ],
  },
};
