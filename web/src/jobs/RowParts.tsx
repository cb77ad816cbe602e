/** What every row of the list has: the mark that it is chosen, and its menu. */
import { Ellipsis } from "lucide-react";

import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import styles from "./JobsDrawer.module.css";
import type { RowProps } from "./row";

export function RowCheck({ name, isChosen, onChoose }: { readonly name: string; readonly isChosen: boolean; readonly onChoose: RowProps["onChoose"] }) {
  return <input type="checkbox" className={styles.check} tabIndex={-1} checked={isChosen} aria-label={t("jobs.choose", { name })} onChange={() => undefined} onClick={onChoose} />;
}

export function RowMenu({ isFocusable, onMenu }: Pick<RowProps, "isFocusable" | "onMenu">) {
  return (
    <IconButton
      label={t("jobs.rowMenu")}
      aria-haspopup="menu"
      tabIndex={isFocusable ? 0 : -1}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onMenu({ x: box.left, y: box.bottom });
      }}
    >
      <Ellipsis size={15} />
    </IconButton>
  );
}
