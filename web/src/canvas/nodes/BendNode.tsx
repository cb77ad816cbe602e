/** A bend of a wire: a dot to drag, and a small socket from which another wire branches off. */
import { Handle, Position, type NodeProps } from "@xyflow/react";
import { memo, type CSSProperties } from "react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { wiresThrough } from "@/model/reroutes";

import { typeColor } from "../colors";
import { bendOf, inputHandle, outputHandle, type CanvasNode } from "../derive";
import { typeOfLink } from "../Wire";
import styles from "./BendNode.module.css";

export const BendNode = memo(function BendNode({ id, selected }: NodeProps<CanvasNode>) {
  const bend = bendOf(id) ?? -1;
  const type = documentStore(({ doc }) => typeOfLink(doc, wiresThrough(doc, bend)[0]));
  return (
    <div className={styles.bend} style={{ "--socket": typeColor(type) } as CSSProperties} data-selected={selected || undefined} data-testid={id} title={t("links.bendHint")}>
      <span className={styles.dot} />
      <Handle type="target" id={inputHandle("")} position={Position.Left} isConnectable={false} className={styles.end} />
      <Handle type="source" id={outputHandle(0)} position={Position.Right} className={styles.branch} title={t("links.branch")} aria-label={t("links.branch")} role="button" tabIndex={-1} />
    </div>
  );
}, (before, after) => before.id === after.id && before.selected === after.selected);
