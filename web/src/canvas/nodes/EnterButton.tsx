/** The mark of a subgraph's instance, and the way in. */
import { Layers2 } from "lucide-react";
import type { MouseEvent } from "react";

import { t } from "@/i18n";
import { useDef } from "@/session/store";
import { enter } from "@/subgraphs/places";

import type { NodeFace } from "../hooks";
import styles from "./NodeHeader.module.css";

export function EnterButton({ face, title }: { readonly face: NodeFace; readonly title: string }) {
  const def = useDef(face.type);
  if (def?.module !== "subgraph") return null;
  const label = t("subgraphs.enter", { title });
  return (
    <button type="button" className={`${styles.fold} ${styles.enter} nodrag`} aria-label={label} title={label} data-testid={`enter-${face.id}`} onClick={() => enter(face.id)} onDoubleClick={(event) => event.stopPropagation()}>
      <Layers2 size={14} />
    </button>
  );
}

/** Pressed twice where nothing else is, an instance opens. */
export function enterByDoubleClick(event: MouseEvent<HTMLElement>): void {
  const target = event.target as HTMLElement;
  const id = event.currentTarget.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
  if (id === undefined || target.closest("button, input, textarea, select, a, [contenteditable], [role='slider'], [role='spinbutton'], .nodrag, .react-flow__handle") !== null) return;
  event.stopPropagation();
  enter(id);
}
