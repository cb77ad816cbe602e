/** A button that is a picture: its name and its keys show when one lingers. */
import { Tooltip } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";

import styles from "./IconButton.module.css";

interface Props extends Omit<ComponentProps<"button">, "aria-label" | "title"> {
  readonly label: string;
  readonly chord?: string | undefined;
  readonly side?: "top" | "right" | "bottom" | "left";
  readonly children: ReactNode;
}

export function IconButton({ label, chord, side = "bottom", className = "", children, ...rest }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button type="button" aria-label={label} className={`${styles.button} ${className}`} {...rest}>
          {children}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content side={side} sideOffset={6} collisionPadding={8} className={styles.tip}>
          {label}
          {chord !== undefined && chord !== "" && <kbd>{chord}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
