/** A menu that opens at a place, for as long as it is open. */
import type { LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

import styles from "./Menu.module.css";

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly Icon?: LucideIcon;
  readonly isDisabled?: boolean;
  readonly isDanger?: boolean;
  readonly run?: () => void;
  /** A menu of its own in place of `run`. */
  readonly items?: readonly MenuItem[];
}

interface Props {
  readonly at: { readonly x: number; readonly y: number };
  readonly label: string;
  readonly sections: readonly (readonly MenuItem[])[];
  readonly onClose: () => void;
}

export function PopupMenu({ at, label, sections, onClose }: Props) {
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(isOpen) => { if (!isOpen) onClose(); }}>
      <DropdownMenu.Portal>
        <span style={{ position: "fixed", left: at.x, top: at.y, width: 1, height: 1 }}>
          <DropdownMenu.Trigger aria-hidden tabIndex={-1} style={{ width: 1, height: 1, opacity: 0, pointerEvents: "none" }} />
        </span>
      </DropdownMenu.Portal>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          align="start"
          sideOffset={2}
          collisionPadding={8}
          aria-label={label}
          onKeyDown={(event) => event.stopPropagation()}
          onContextMenu={(event) => event.preventDefault()}
        >
          {sections.map((items, i) => (
            <Section key={i} items={items} isFirst={i === 0} />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Section({ items, isFirst }: { readonly items: readonly MenuItem[]; readonly isFirst: boolean }): ReactNode {
  return (
    <>
      {!isFirst && <DropdownMenu.Separator className={styles.separator} />}
      {items.map((item) => (
        <Item key={item.id} item={item} />
      ))}
    </>
  );
}

function Item({ item }: { readonly item: MenuItem }) {
  const { label, Icon, items, isDanger, isDisabled, run } = item;
  const content = (
    <>
      {Icon !== undefined && <Icon size={14} />}
      {label}
    </>
  );
  if (items === undefined)
    return (
      <DropdownMenu.Item className={styles.item} disabled={isDisabled === true} data-danger={isDanger || undefined} onSelect={() => run?.()}>
        {content}
      </DropdownMenu.Item>
    );
  return (
    <DropdownMenu.Sub>
      <DropdownMenu.SubTrigger className={styles.item} disabled={isDisabled === true}>
        {content}
      </DropdownMenu.SubTrigger>
      <DropdownMenu.Portal>
        <DropdownMenu.SubContent className={styles.menu} sideOffset={2} collisionPadding={8} style={{ maxHeight: "60vh", overflow: "auto" }}>
          {items.map((inner) => (
            <Item key={inner.id} item={inner} />
          ))}
        </DropdownMenu.SubContent>
      </DropdownMenu.Portal>
    </DropdownMenu.Sub>
  );
}
