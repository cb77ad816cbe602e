/** What a model makes: the picture that lies beside its file. */
import { Box } from "lucide-react";
import { useState } from "react";

import { modelPreviewUrl } from "@/api/uploads";

import styles from "./ModelsDrawer.module.css";
import type { Entry } from "./tree";

/** The picture that lies beside the model's file, or a box where there is none. */
export function Picture({ entry, isLarge = false }: { readonly entry: Entry; readonly isLarge?: boolean }) {
  const [isMissing, setMissing] = useState(false);
  if (isMissing && isLarge) return null;
  return (
    <span className={isLarge ? styles.large : styles.thumb}>
      {isMissing ? <Box size={16} aria-hidden /> : <img src={modelPreviewUrl(entry.folder, entry.pathIndex, entry.name)} alt="" loading="lazy" decoding="async" draggable={false} onError={() => setMissing(true)} />}
    </span>
  );
}
