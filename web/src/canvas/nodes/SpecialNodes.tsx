/** Nodes that live in the canvas alone: reroutes, notes, and the frames of groups. */
import { NodeResizeControl, type NodeProps } from "@xyflow/react";
import { memo, type CSSProperties } from "react";

import { uiStore } from "@/app/ui";
import { text as asText } from "@/formats/file";
import { t } from "@/i18n";
import { resizeNode, updateGroup } from "@/model/actions";
import { beginGesture, documentStore, endGesture, transact } from "@/model/document";
import { beginEdit, edit, endEdit } from "@/widgets/edit";
import { MarkdownText } from "@/widgets/MarkdownText";

import { nodeTint } from "../colors";
import { groupOf, type CanvasNode } from "../derive";
import { useFace, useTitle, useValue } from "../hooks";
import { InputSocket, OutputSocket } from "../Socket";
import styles from "./SpecialNodes.module.css";
import { TitleEditor } from "./TitleEditor";

export const RerouteNode = memo(function RerouteNode({ id, selected }: NodeProps<CanvasNode>) {
  const face = useFace(id);
  const carried = documentStore(({ doc }) => {
    const link = Object.values(doc.links).find((candidate) => candidate.to === id);
    return link === undefined ? "*" : (doc.nodes[link.from]?.outputs[link.slot]?.type ?? link.type);
  });
  const [input, output] = [face?.inputs[0], face?.outputs[0]];
  return (
    <div className={styles.reroute} data-selected={selected || undefined} data-testid={`node-${id}`}>
      {input !== undefined && <InputSocket node={id} name={input.name} type={carried} isOptional={false} />}
      {output !== undefined && <OutputSocket node={id} slot={0} name={output.name} type={carried} isList={false} />}
    </div>
  );
});

export const NoteNode = memo(function NoteNode({ id, selected }: NodeProps<CanvasNode>) {
  const face = useFace(id);
  const title = useTitle(id);
  const value = useValue(id, "value");
  const isRenaming = uiStore((state) => state.renaming === id);
  if (face === undefined) return null;
  const style = { width: face.size.width, minHeight: face.size.height, "--category": nodeTint(face.color, "") } as CSSProperties;
  return (
    <div className={styles.note} style={style} data-selected={selected || undefined} data-testid={`node-${id}`}>
      {isRenaming ? <TitleEditor id={id} title={title} /> : <h3 className={styles.noteTitle}>{title}</h3>}
      {face.type === "MarkdownNote" ? (
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

export const GroupFrame = memo(function GroupFrame({ id, selected }: NodeProps<CanvasNode>) {
  const groupId = groupOf(id) ?? "";
  const group = documentStore(({ doc }) => doc.groups[groupId]);
  const isRenaming = uiStore((state) => state.renaming === id);
  if (group === undefined) return null;
  const style = { "--tint": nodeTint(group.color, "utils") } as CSSProperties;
  const rename = (title: string): void => {
    if (title !== group.title) transact("step.rename", (doc) => updateGroup(doc, groupId, { title }));
    uiStore.setState({ renaming: null });
  };
  return (
    <div className={styles.group} style={style} data-selected={selected || undefined} data-testid={`group-${groupId}`}>
      <div className={`${styles.groupHandle} group-handle`} onDoubleClick={(event) => { event.stopPropagation(); uiStore.setState({ renaming: id }); }}>
        {isRenaming ? (
          <input
            className={`${styles.groupInput} nodrag`}
            aria-label={t("node.rename")}
            defaultValue={group.title}
            autoFocus
            onBlur={(event) => rename(event.target.value)}
            onKeyDown={(event) => {
              event.stopPropagation();
              if (event.key === "Enter") rename(event.currentTarget.value);
              if (event.key === "Escape") uiStore.setState({ renaming: null });
            }}
          />
        ) : (
          group.title
        )}
      </div>
      <NodeResizeControl
        position="bottom-right"
        minWidth={120}
        minHeight={80}
        className={styles.resize ?? ""}
        onResizeStart={() => beginGesture("step.resize")}
        onResize={(_event, { width, height }) => transact("step.resize", (doc) => updateGroup(doc, groupId, { size: { width, height } }))}
        onResizeEnd={endGesture}
      />
    </div>
  );
});
