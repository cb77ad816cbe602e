/** The field by which a list is searched. */
import { Search } from "lucide-react";
import type { ComponentProps } from "react";

import styles from "./SearchField.module.css";

interface Props extends Pick<ComponentProps<"input">, "type" | "autoFocus" | "onKeyDown"> {
  readonly label: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** Where it stands: margins and share of the line. */
  readonly className?: string | undefined;
}

export function SearchField({ label, query, onQuery, className = "", ...input }: Props) {
  return (
    <label className={`${styles.search} ${className}`}>
      <Search size={14} aria-hidden />
      <input aria-label={label} placeholder={label} value={query} onChange={(event) => onQuery(event.target.value)} {...input} />
    </label>
  );
}
