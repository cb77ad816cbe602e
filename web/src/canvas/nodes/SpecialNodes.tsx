/** Notes: nodes that hold nothing but text. */
import { NodeResizeControl, type NodeProps } from "@xyflow/react";
import { memo, type CSSProperties } from "react";

import { text as asText } from "@/formats/file";
import { t } from "@/i18n";
import { resizeNode } from "@/model/actions";
import { beginGesture, endGesture, transact } from "@/model/document";
import { uiStore } from "@/session/ui";
import { beginEdit, edit, endEdit } from "@/widgets/edit";
import { leaveField } from "@/widgets/leave";
import { MarkdownText } from "@/widgets/MarkdownText";

import { nodeTint } from "../colors";
import type { CanvasNode } from "../derive";
import { useFace, useTitle, useValue } from "../hooks";
import styles from "./SpecialNodes.module.css";
import { TitleEditor } from "./TitleEditor";

export const NoteNode = memo(function NoteNode({ id, selected }: NodeProps<CanvasNode>) {
  const face = useFace(id);
  const title = useTitle(id);
  const value = useValue(id, "value");
  const isRenaming = uiStore((state) => state.renaming === id);
  if (face === undefined) return null;
  const style = { width: face.size.width, minHeight: face.collapsed ? 0 : face.size.height, "--category": nodeTint(face.color, "") } as CSSProperties;
  return (
    <div className={styles.note} style={style} data-selected={selected || undefined} data-testid={`node-${id}`}>
      {isRenaming ? <TitleEditor id={id} title={title} /> : <h3 className={styles.noteTitle} onDoubleClick={() => uiStore.setState({ renaming: id })}>{title}</h3>}
      {face.collapsed ? null : face.type === "MarkdownNote" ? (
        <MarkdownText
          {...{ node: id, valueKey: "value", value: asText(value), label: title, placeholder: t("node.notePlaceholder") }}
          testId={`widget-${id}-text`}
          className={styles.text ?? ""}
        />
      ) : (
        <textarea
          className={`${styles.text} nodrag nowheel`}
          aria-label={title}
          placeholder={t("node.notePlaceholder")}
          data-testid={`widget-${id}-text`}
          value={asText(value)}
          onFocus={() => beginEdit(id, "value")}
          onChange={(event) => edit(id, "value", event.target.value)}
          onBlur={endEdit}
          onKeyDown={(event) => {
            if (event.key === "Escape") leaveField(event.currentTarget);
          }}
        />
      )}
      <NodeResizeControl
        position="bottom-right"
        minWidth={140}
        minHeight={80}
        className={styles.resize ?? ""}
        onResizeStart={() => beginGesture("step.resize")}
        onResize={(_event, { x, y, width, height }) => transact("step.resize", (doc) => resizeNode(doc, id, { width, height }, { x, y }))}
        onResizeEnd={endGesture}
      />
    </div>
  );
});
