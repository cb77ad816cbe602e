/** The button at a result that opens its menu. */
import { Ellipsis } from "lucide-react";
import { useState } from "react";

import { PopupMenu } from "@/ui/PopupMenu";

import styles from "./ResultMenu.module.css";
import { resultSections, type Result } from "./send";

export function ResultMenu({ label, ...result }: Result & { readonly label: string }) {
  const [at, setAt] = useState<{ x: number; y: number } | null>(null);
  return (
    <>
      <button
        type="button"
        className={`${styles.more} nodrag`}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={at !== null}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setAt({ x: box.left, y: box.bottom });
        }}
      >
        <Ellipsis size={15} />
      </button>
      {at !== null && <PopupMenu at={at} label={label} sections={resultSections(result)} onClose={() => setAt(null)} />}
    </>
  );
}
