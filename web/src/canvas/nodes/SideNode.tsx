/** An edge of a subgraph's page: its inputs at the left, its outputs at the right, and a free socket for one more. */
import { Handle, Position, useUpdateNodeInternals, type NodeProps } from "@xyflow/react";
import { Plus } from "lucide-react";
import { ContextMenu } from "radix-ui";
import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { edgeOf, NEW_PORT, portsOf, type Edge } from "@/model/ports";
import type { NodeId } from "@/model/types";
import { uiStore } from "@/session/ui";
import { movePortHere, removePortHere, renamePortHere } from "@/subgraphs/edit";
import menu from "@/ui/Menu.module.css";
import { NameInput } from "@/ui/NameInput";

import { inputHandle, outputHandle, type CanvasNode } from "../derive";
import { useFace } from "../hooks";
import { InputSocket, OutputSocket } from "../Socket";
import socket from "../Socket.module.css";
import styles from "./SideNode.module.css";

export const SideNode = memo(function SideNode({ id, selected }: NodeProps<CanvasNode>) {
  const face = useFace(id);
  const edge = edgeOf(id);
  const ports = documentStore(({ doc }) => portsOf(doc, edge));
  const renaming = uiStore((state) => (state.renaming === id ? 0 : -1));
  const [editing, setEditing] = useState(-1);
  const update = useUpdateNodeInternals();
  useEffect(() => update(id), [id, ports, update]);
  if (face === undefined) return null;
  const shown = editing >= 0 ? editing : renaming;
  const stop = (): void => {
    setEditing(-1);
    if (renaming >= 0) uiStore.setState({ renaming: null });
  };
  return (
    <section className={styles.side} style={{ width: face.size.width }} data-edge={edge} data-selected={selected || undefined} data-testid={`node-${id}`} aria-label={t(`subgraphs.${edge}s`)}>
      <h3 className={styles.title}>{t(`subgraphs.${edge}s`)}</h3>
      <ul className={styles.ports}>
        {ports.map((port, slot) => (
          <li key={port.name} className={styles.port}>
            {edge === "input" ? <OutputSocket node={id} slot={slot} name={port.name} type={port.type} isList={false} /> : <InputSocket node={id} name={port.name} type={port.type} isOptional={false} />}
            {shown === slot ? (
              <PortEditor edge={edge} slot={slot} label={port.label ?? port.name} onDone={stop} />
            ) : (
              <PortName edge={edge} slot={slot} label={port.label ?? port.name.replaceAll("_", " ")} count={ports.length} onRename={() => setEditing(slot)} />
            )}
          </li>
        ))}
        <li className={styles.port}>
          <FreeSocket node={id} edge={edge} slot={ports.length} />
          <span className={styles.free}>{t(ports.length === 0 ? `subgraphs.first.${edge}` : `subgraphs.more.${edge}`)}</span>
        </li>
      </ul>
    </section>
  );
});

function FreeSocket({ node, edge, slot }: { readonly node: NodeId; readonly edge: Edge; readonly slot: number }) {
  const state = uiStore(({ wire }) => (wire === null || wire.node === node ? "" : (wire.side === "input") === (edge === "input") ? "legal" : "illegal"));
  return (
    <Handle
      id={edge === "input" ? outputHandle(slot) : inputHandle(NEW_PORT)}
      type={edge === "input" ? "source" : "target"}
      position={edge === "input" ? Position.Right : Position.Left}
      className={`${socket.socket} ${styles.plus}`}
      data-shape="round"
      data-state={state}
      title={t(`subgraphs.add.${edge}`)}
      role="img"
      aria-label={t(`subgraphs.add.${edge}`)}
    >
      <Plus size={10} strokeWidth={3} aria-hidden />
    </Handle>
  );
}

interface NameProps {
  readonly edge: Edge;
  readonly slot: number;
  readonly label: string;
  readonly count: number;
  readonly onRename: () => void;
}

function PortName({ edge, slot, label, count, onRename }: NameProps) {
  const self = useRef<HTMLButtonElement>(null);
  const move = (by: number): void => {
    const list = self.current?.closest("ul");
    movePortHere(edge, slot, slot + by);
    // The name that was moved keeps the focus.
    requestAnimationFrame(() => list?.querySelectorAll<HTMLButtonElement>("button[data-port]")[slot + by]?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = event.altKey ? `Alt+${event.key}` : event.key;
    const actions: Readonly<Record<string, () => void>> = { F2: onRename, Enter: onRename, Delete: () => removePortHere(edge, slot), "Alt+ArrowUp": () => move(-1), "Alt+ArrowDown": () => move(1) };
    const action = actions[key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>
        <button ref={self} type="button" data-port className={`${styles.name} nodrag`} title={t("subgraphs.portHint")} onDoubleClick={(event) => { event.stopPropagation(); onRename(); }} onKeyDown={onKeyDown}>
          {label}
        </button>
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className={menu.menu} collisionPadding={12} onCloseAutoFocus={(event) => event.preventDefault()}>
          <Item label={t("action.rename")} keys="F2" onSelect={onRename} />
          <Item label={t("subgraphs.up")} keys="Alt+↑" isOff={slot === 0} onSelect={() => move(-1)} />
          <Item label={t("subgraphs.down")} keys="Alt+↓" isOff={slot === count - 1} onSelect={() => move(1)} />
          <ContextMenu.Separator className={menu.separator} />
          <Item label={t("subgraphs.remove")} keys="Del" isDanger onSelect={() => removePortHere(edge, slot)} />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

interface ItemProps {
  readonly label: string;
  readonly keys: string;
  readonly isOff?: boolean;
  readonly isDanger?: boolean;
  readonly onSelect: () => void;
}

function Item({ label, keys, isOff = false, isDanger = false, onSelect }: ItemProps) {
  return (
    <ContextMenu.Item className={menu.item} disabled={isOff} data-danger={isDanger || undefined} onSelect={onSelect}>
      {label}
      <kbd>{keys}</kbd>
    </ContextMenu.Item>
  );
}

interface EditorProps {
  readonly edge: Edge;
  readonly slot: number;
  readonly label: string;
  readonly onDone: () => void;
}

function PortEditor({ edge, slot, label, onDone }: EditorProps) {
  const keep = (text: string): void => {
    if (text !== label) renamePortHere(edge, slot, text);
    onDone();
  };
  return <NameInput className={styles.editor} label={t("subgraphs.socketName")} name={label} onKeep={keep} onLeave={onDone} />;
}
