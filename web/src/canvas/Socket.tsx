/** One socket: its colour and shape tell the type, and while a wire hangs in the air whether it may land here. */
import { Handle, Position } from "@xyflow/react";
import { memo, type CSSProperties, type MouseEvent } from "react";

import { currentDefs } from "@/session/store";
import { t } from "@/i18n";
import { currentDoc, documentStore } from "@/model/document";
import { linkInto, linksOutOf } from "@/model/links";
import { inputType, outputType } from "@/model/matching";
import type { NodeId } from "@/model/types";
import { canConnect } from "@/model/wires";
import { uiStore, type UiState } from "@/session/ui";

import { socketShape, typeColor } from "./colors";
import { inputHandle, outputHandle } from "./derive";
import { liftWire } from "./gestures";
import { useRun } from "./hooks";
import styles from "./Socket.module.css";

interface InputProps {
  readonly node: NodeId;
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  readonly isWidget?: boolean;
}

interface OutputProps {
  readonly node: NodeId;
  readonly slot: number;
  readonly name: string;
  readonly type: string;
  readonly isList: boolean;
}

const color = (type: string): CSSProperties => ({ "--socket": typeColor(type) }) as CSSProperties;

function inputState({ wire }: UiState, node: NodeId, name: string): string {
  if (wire === null) return "";
  if (wire.side === "input") return wire.node === node && wire.input === name ? "" : "illegal";
  if (wire.node === node) return "illegal";
  const doc = currentDoc();
  // A wire that ends here already would give way.
  return canConnect(wire.type, inputType(doc, currentDefs(), node, name, linkInto(doc, node, name)?.id)) ? "legal" : "illegal";
}

function outputState({ wire }: UiState, node: NodeId, type: string): string {
  if (wire === null) return "";
  if (wire.side === "output") return wire.node === node && wire.type === type ? "" : "illegal";
  return wire.node !== node && canConnect(type, wire.type) ? "legal" : "illegal";
}

export const InputSocket = memo(function InputSocket({ node, name, type: declared, isOptional, isWidget = false }: InputProps) {
  const state = uiStore((ui) => inputState(ui, node, name));
  const type = documentStore(({ doc }) => (doc.nodes[node] === undefined ? declared : inputType(doc, currentDefs(), node, name)));
  const link = documentStore(({ doc }) => linkInto(doc, node, name)?.id ?? null);
  const isLit = uiStore((ui) => link !== null && ui.hoveredLink === link);
  const isFirst = documentStore(({ doc }) => doc.nodes[node]?.inputs.find((input) => !input.isWidget)?.name === name);
  const isBad = useRun(node, (run) => name in run.inputErrors);
  const lift = (event: MouseEvent): void => {
    const held = linkInto(currentDoc(), node, name);
    if (held !== undefined && liftWire(held, event)) event.stopPropagation();
  };
  return (
    <Handle
      id={inputHandle(name)}
      type="target"
      position={Position.Left}
      className={styles.socket}
      style={color(type)}
      data-shape={socketShape(type, { isOptional: isOptional && !isWidget })}
      data-state={state}
      data-bad={isBad || undefined}
      data-widget={isWidget || undefined}
      data-linked={link !== null || undefined}
      data-lit={isLit || undefined}
      title={`${name} · ${type}`}
      aria-label={t("node.input", { name, type })}
      role="button"
      tabIndex={isWidget && link === null ? undefined : isFirst ? 0 : -1}
      onMouseDownCapture={lift}
    />
  );
});

export const OutputSocket = memo(function OutputSocket({ node, slot, name, type: declared, isList }: OutputProps) {
  const type = documentStore(({ doc }) => (doc.nodes[node] === undefined ? declared : outputType(doc, currentDefs(), node, slot)));
  const state = uiStore((ui) => outputState(ui, node, type));
  const isFirst = documentStore(({ doc }) => slot === 0 && doc.nodes[node]?.inputs.every((input) => input.isWidget) === true);
  const isLinked = documentStore(({ doc }) => linksOutOf(doc, node, slot).length > 0);
  const lit = uiStore((ui) => ui.hoveredLink);
  const isLit = documentStore(({ doc }) => lit !== null && linksOutOf(doc, node, slot).some((link) => link.id === lit));
  return (
    <Handle
      id={outputHandle(slot)}
      type="source"
      position={Position.Right}
      className={styles.socket}
      style={color(type)}
      data-shape={socketShape(type, { isList })}
      data-state={state}
      data-linked={isLinked || undefined}
      data-lit={isLit || undefined}
      title={`${name} · ${type}`}
      aria-label={t("node.outputSocket", { name, type })}
      role="button"
      tabIndex={isFirst ? 0 : -1}
    />
  );
});
