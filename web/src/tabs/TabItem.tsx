/** One tab: to go there, to close it, to rename it, to move it. */
import { CircleAlert, Hand, X } from "lucide-react";
import { ContextMenu } from "radix-ui";
import { useEffect, useRef, type DragEvent, type KeyboardEvent } from "react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { chordLabel } from "@/palette/keymap";
import { runCommand } from "@/palette/registry";
import { runtimeStore } from "@/runtime/store";
import { sessionStore, type FileFacts } from "@/session/store";
import menu from "@/ui/Menu.module.css";

import { askToClose, closeClean, closeOthers } from "./closing";
import { dialogStore } from "./dialogs";
import { renameTab } from "./moving";
import { standingOf, type Standing } from "./standing";
import { duplicateTab, goToTab, moveTab, tabStore, type TabId } from "./store";
import styles from "./TabBar.module.css";

interface Props {
  readonly id: TabId;
  readonly index: number;
  readonly isFront: boolean;
  /** Where a dragged tab would come. */
  readonly mark: "before" | "after" | null;
  readonly onDragStart: (event: DragEvent) => void;
}

export function TabItem({ id, index, isFront, mark, onDragStart }: Props) {
  const name = useFile(id, (file) => file.name) || t("tabs.untitled");
  const path = useFile(id, (file) => file.path);
  const isDirty = useTabDirty(id);
  const standing = runtimeStore((state) => standingOf(state, id));
  const isRenaming = dialogStore((state) => state.renaming === id);
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>
        <div
          className={styles.item}
          role="presentation"
          data-tab={id}
          data-front={isFront || undefined}
          data-mark={mark}
          draggable={!isRenaming}
          onDragStart={onDragStart}
          onMouseDown={(event) => {
            // Else the middle button begins to scroll.
            if (event.button === 1) event.preventDefault();
          }}
          onAuxClick={(event) => {
            if (event.button === 1) askToClose([id]);
          }}
        >
          {isRenaming ? (
            <NameField id={id} name={path ?? name} />
          ) : (
            <button
              type="button"
              role="tab"
              aria-selected={isFront}
              tabIndex={isFront ? 0 : -1}
              className={styles.tab}
              title={path ?? name}
              onClick={() => goToTab(id)}
              onDoubleClick={() => dialogStore.setState({ renaming: id })}
              onKeyDown={(event) => onKeyDown(event, id, index)}
            >
              <Mark standing={standing} />
              <span className={styles.name}>{name}</span>
              {isDirty && <span className={styles.dot} aria-hidden />}
              {isDirty && <span className="visually-hidden">, {t("tabs.unsaved")}</span>}
            </button>
          )}
          {/* For the mouse; keys close with Delete, and everybody by the menu. */}
          <button type="button" className={styles.close} tabIndex={-1} aria-hidden title={t("tabs.close", { name })} onClick={() => askToClose([id])}>
            <X size={13} />
          </button>
          {standing === "running" && <Progress />}
        </div>
      </ContextMenu.Trigger>
      <TabContextMenu id={id} index={index} path={path} />
    </ContextMenu.Root>
  );
}

/** A fact about the file of a tab, whether it is shown or not. */
function useFile<T>(id: TabId, pick: (file: FileFacts) => T): T {
  const isFront = tabStore((state) => state.front === id);
  const shown = sessionStore(pick);
  const held = tabStore((state) => {
    const file = state.tabs.find((tab) => tab.id === id)?.file;
    return file === undefined ? undefined : pick(file);
  });
  return isFront || held === undefined ? shown : held;
}

function useTabDirty(id: TabId): boolean {
  const isFront = tabStore((state) => state.front === id);
  // Only what is asked: a drag changes the document at every frame.
  const savedDoc = sessionStore((state) => (isFront ? state.savedDoc : null));
  const isDraft = sessionStore((state) => isFront && state.dirtyDraft);
  const isChanged = documentStore((state) => isFront && state.whole !== savedDoc);
  const isHeldDirty = tabStore((state) => {
    const tab = state.tabs.find((item) => item.id === id);
    return tab !== undefined && tab.held !== null && (tab.file.dirtyDraft || tab.file.savedDoc !== tab.held.state.whole);
  });
  return isFront ? isDraft || isChanged : isHeldDirty;
}

function Mark({ standing }: { readonly standing: Standing }) {
  if (standing === "error")
    return (
      <span className={styles.failed}>
        <CircleAlert size={13} aria-hidden />
        <span className="visually-hidden">{t("tabs.hasFailed")}, </span>
      </span>
    );
  if (standing === "waiting")
    return (
      <span className={styles.waiting}>
        <Hand size={13} aria-hidden />
        <span className="visually-hidden">{t("tabs.isWaiting")}, </span>
      </span>
    );
  return standing === null ? null : <span className="visually-hidden">{t(standing === "running" ? "tabs.isRunning" : "tabs.inQueue")}, </span>;
}

function Progress() {
  const progress = runtimeStore((state) => state.progress);
  return <span className={styles.progress} aria-hidden style={{ transform: `scaleX(${Math.max(0.03, progress)})` }} />;
}

function NameField({ id, name }: { readonly id: TabId; readonly name: string }) {
  const isDone = useRef(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const end = (typed: string | null): void => {
    if (isDone.current) return;
    isDone.current = true;
    dialogStore.setState({ renaming: null });
    if (typed !== null) void renameTab(id, typed);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-tab="${id}"] [role="tab"]`)?.focus());
  };
  return (
    <input
      ref={field}
      className={styles.field}
      aria-label={t("tabs.rename")}
      defaultValue={name}
      autoFocus
      autoComplete="off"
      spellCheck={false}
      onBlur={(event) => end(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") end(event.currentTarget.value);
        else if (event.key === "Escape") end(null);
      }}
    />
  );
}

function focusTab(index: number): void {
  const { tabs } = tabStore.getState();
  const id = tabs[(index + tabs.length) % tabs.length]?.id;
  if (id === undefined) return;
  goToTab(id);
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-tab="${id}"] [role="tab"]`)?.focus());
}

/** Arrows go along, with Ctrl they move the tab. */
function onKeyDown(event: KeyboardEvent, id: TabId, index: number): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const isMoving = event.ctrlKey || event.metaKey;
  if (event.altKey) return;
  if (step !== undefined && isMoving) {
    moveTab(id, index + step);
    focusTab(Math.max(0, Math.min(tabStore.getState().tabs.length - 1, index + step)));
  } else if (step !== undefined) focusTab(index + step);
  else if (event.key === "Home") focusTab(0);
  else if (event.key === "End") focusTab(-1);
  else if (event.key === "Delete") {
    askToClose([id]);
    requestAnimationFrame(() => {
      if (dialogStore.getState().closing.length === 0) document.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus();
    });
  } else if (event.key === "F2") dialogStore.setState({ renaming: id });
  else return;
  event.preventDefault();
}

function TabContextMenu({ id, index, path }: { readonly id: TabId; readonly index: number; readonly path: string | null }) {
  const count = tabStore((state) => state.tabs.length);
  const inFront = (command: string) => (): void => {
    goToTab(id);
    runCommand(command);
  };
  return (
    <ContextMenu.Portal>
      {/* The field for the name takes the focus, and it must stay there. */}
      <ContextMenu.Content className={menu.menu} collisionPadding={8} onCloseAutoFocus={(event) => { if (dialogStore.getState().renaming !== null) event.preventDefault(); }}>
        <Item label={t("action.save")} chord="mod+s" onSelect={inFront("save")} />
        <Item label={t("tabs.action.rename")} chord="shift+f2" onSelect={() => dialogStore.setState({ renaming: id })} />
        <Item label={t("tabs.action.duplicate")} onSelect={() => void duplicateTab(id)} />
        <Item label={t("tabs.action.copyPath")} disabled={path === null} onSelect={inFront("tabCopyPath")} />
        <Item label={t("tabs.action.history")} disabled={path === null} onSelect={() => dialogStore.setState({ versions: id })} />
        <ContextMenu.Separator className={menu.separator} />
        <Item label={t("tabs.action.left")} disabled={index === 0} onSelect={() => moveTab(id, index - 1)} />
        <Item label={t("tabs.action.right")} disabled={index === count - 1} onSelect={() => moveTab(id, index + 1)} />
        <ContextMenu.Separator className={menu.separator} />
        <Item label={t("tabs.action.close")} chord="alt+w" onSelect={() => askToClose([id])} />
        <Item label={t("tabs.action.closeOthers")} disabled={count === 1} onSelect={() => closeOthers(id)} />
        <Item label={t("tabs.action.closeSaved")} disabled={count === 1} onSelect={closeClean} />
        <Item label={t("tabs.action.reopen")} chord="alt+shift+t" onSelect={() => runCommand("tabReopen")} />
      </ContextMenu.Content>
    </ContextMenu.Portal>
  );
}

interface ItemProps {
  readonly label: string;
  readonly chord?: string;
  readonly disabled?: boolean;
  readonly onSelect: () => void;
}

function Item({ label, chord, disabled = false, onSelect }: ItemProps) {
  return (
    <ContextMenu.Item className={menu.item} disabled={disabled} onSelect={onSelect}>
      {label}
      {chord !== undefined && <kbd>{chordLabel(chord)}</kbd>}
    </ContextMenu.Item>
  );
}
