/** A button that opens a short menu (the ARIA pattern "menu button"). */
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { CheckIcon } from "./icons.tsx";

export interface MenuItem {
  readonly words: string;
  readonly icon?: ReactNode;
  /** The key that does the same without the menu, as it is written on keyboards. */
  readonly shortcut?: string;
  readonly dangerous?: boolean;
  /** Set for a choice among several: whether this one holds. */
  readonly checked?: boolean;
  readonly run: () => void;
}

interface MenuProps {
  /** What the button is called. */
  readonly label: string;
  readonly className: string;
  readonly children: ReactNode;
  readonly items: readonly MenuItem[];
}

const GAP = 4;

/** Puts the menu under its button, or above it where there is no room. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const from = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = from.bottom + GAP + height <= window.innerHeight;
  menu.style.top = `${below ? from.bottom + GAP : Math.max(GAP, from.top - GAP - height)}px`;
  menu.style.left = `${Math.max(2 * GAP, from.right - width)}px`;
}

export function Menu({ label, className, children, items }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  const entries = () => [...(menu.current?.querySelectorAll("button") ?? [])];
  const show = () => {
    if (menu.current === null || button.current === null || menu.current.matches(":popover-open")) return;
    menu.current.showPopover();
    place(menu.current, button.current);
    entries()[0]?.focus();
  };
  const choose = (item: MenuItem) => {
    menu.current?.hidePopover();
    button.current?.focus();
    item.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[to]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      if (event.key === "Escape") event.preventDefault();
      menu.current?.hidePopover();
      button.current?.focus();
    }
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        popoverTarget={id}
        onClick={(event) => {
          // Not the browser's own toggling: the menu is placed, and its first entry gets the focus.
          event.preventDefault();
          if (menu.current?.matches(":popover-open")) menu.current.hidePopover();
          else show();
        }}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          event.stopPropagation();
          show();
        }}
      >
        {children}
      </button>
      <div
        ref={menu}
        id={id}
        className="menu"
        role="menu"
        aria-label={label}
        tabIndex={-1}
        popover="auto"
        onKeyDown={onKeyDown}
        onToggle={(event) => setOpen(event.newState === "open")}
      >
        {items.map((item) => (
          <button
            key={item.words}
            type="button"
            {...(item.checked === undefined
              ? { role: "menuitem" }
              : { role: "menuitemradio", "aria-checked": item.checked })}
            className={item.dangerous ? "menu-item dangerous" : "menu-item"}
            tabIndex={-1}
            onClick={() => choose(item)}
          >
            {item.icon}
            <span className="menu-words">{item.words}</span>
            {item.checked === true && <CheckIcon />}
            {item.shortcut !== undefined && (
              <span className="key" aria-hidden="true">
                {item.shortcut}
              </span>
            )}
          </button>
        ))}
      </div>
    </>
  );
}
