/** The frame of a group: its header holds the title and what is done with all that lies inside. */
import { NodeResizer, type NodeProps } from "@xyflow/react";
import { Lock, LockOpen, Maximize2, Palette, Play, VolumeOff, Waypoints } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { memo, type CSSProperties, type MouseEvent, type ReactNode } from "react";

import { t, type MessageKey } from "@/i18n";
import { updateGroup } from "@/model/actions";
import { beginGesture, currentDoc, documentStore, endGesture, transact } from "@/model/document";
import { isLocked, membersOf, modeOf, placeGroup } from "@/model/grouping";
import { MODE } from "@/model/types";
import { uiStore } from "@/session/ui";
import menu from "@/ui/Menu.module.css";
import { NameInput } from "@/ui/NameInput";

import { NODE_COLORS, nodeTint } from "../colors";
import { groupOf, type CanvasNode } from "../derive";
import { colorGroups, fitGroups, runGroup, toggleGroupMode, toggleLock } from "../groupActions";
import { boxOf } from "../viewport";
import styles from "./GroupFrame.module.css";

/** In the order of `NODE_COLORS`. */
const COLOR_NAMES: readonly MessageKey[] = ["arranging.colors.red", "arranging.colors.yellow", "arranging.colors.green", "arranging.colors.teal", "arranging.colors.blue", "arranging.colors.purple", "arranging.colors.brown", "arranging.colors.grey"];

export const GroupFrame = memo(
  function GroupFrame({ id, selected }: NodeProps<CanvasNode>) {
    const groupId = groupOf(id) ?? "";
    const group = documentStore(({ doc }) => doc.groups[groupId]);
    const isRenaming = uiStore((state) => state.renaming === id);
    if (group === undefined) return null;
    const locked = isLocked(group);
    const style = { "--tint": nodeTint(group.color, "utils") } as CSSProperties;
    return (
      <div className={styles.group} style={style} data-selected={selected || undefined} data-locked={locked || undefined} data-testid={`group-${groupId}`}>
        <div className={`${styles.header} group-handle`} onDoubleClick={(event) => { event.stopPropagation(); uiStore.setState({ renaming: id }); }}>
          {isRenaming ? <TitleInput id={groupId} title={group.title} /> : <h3 className={styles.title}>{group.title}</h3>}
          <Switches id={groupId} locked={locked} color={group.color} />
        </div>
        <NodeResizer
          isVisible={!locked}
          minWidth={120}
          minHeight={80}
          lineClassName={styles.edge ?? ""}
          handleClassName={styles.corner ?? ""}
          onResizeStart={() => beginGesture("step.resize")}
          onResize={(_event, box) => transact("step.resize", (doc) => placeGroup(doc, groupId, box))}
          onResizeEnd={endGesture}
        />
      </div>
    );
  },
  (before, after) => before.id === after.id && before.selected === after.selected,
);

function TitleInput({ id, title }: { readonly id: string; readonly title: string }) {
  const close = (): void => uiStore.setState({ renaming: null });
  const keep = (text: string): void => {
    if (text !== title) transact("step.rename", (doc) => updateGroup(doc, id, { title: text }));
    close();
  };
  return <NameInput className={styles.input} label={t("arranging.group.rename")} name={title} onKeep={keep} onLeave={close} />;
}

interface SwitchesProps {
  readonly id: string;
  readonly locked: boolean;
  readonly color: string | null;
}

function Switches({ id, locked, color }: SwitchesProps) {
  const mode = documentStore(({ doc }) => modeOf(doc, membersOf(doc, id, boxOf).nodes));
  return (
    <div className={`${styles.switches} nodrag`} role="toolbar" aria-label={t("arranging.group.label", { title: currentDoc().groups[id]?.title ?? "" })}>
      <Switch label="arranging.group.run" onClick={() => runGroup(id)}>
        <Play size={14} />
      </Switch>
      <Switch label="arranging.group.bypass" isOn={mode === MODE.bypassed} onClick={() => toggleGroupMode(MODE.bypassed, id)}>
        <Waypoints size={14} />
      </Switch>
      <Switch label="arranging.group.mute" isOn={mode === MODE.muted} onClick={() => toggleGroupMode(MODE.muted, id)}>
        <VolumeOff size={14} />
      </Switch>
      <Switch label="arranging.group.fit" onClick={() => fitGroups(id)}>
        <Maximize2 size={14} />
      </Switch>
      <Colors id={id} color={color} />
      <Switch label={locked ? "arranging.group.unlock" : "arranging.group.lock"} isOn={locked} onClick={() => toggleLock(id)}>
        {locked ? <Lock size={14} /> : <LockOpen size={14} />}
      </Switch>
    </div>
  );
}

interface SwitchProps {
  readonly label: MessageKey;
  readonly isOn?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

const stop = (event: MouseEvent): void => event.stopPropagation();

function Switch({ label, isOn, onClick, children }: SwitchProps) {
  return (
    <button type="button" className={styles.switch} aria-label={t(label)} title={t(label)} aria-pressed={isOn} onClick={(event) => { stop(event); onClick(); }} onDoubleClick={stop}>
      {children}
    </button>
  );
}

function Colors({ id, color }: { readonly id: string; readonly color: string | null }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className={styles.switch} aria-label={t("arranging.group.color")} title={t("arranging.group.color")} onClick={stop} onDoubleClick={stop}>
          <Palette size={14} />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu.menu} collisionPadding={12}>
          <DropdownMenu.RadioGroup value={color ?? ""} onValueChange={(value) => colorGroups(value === "" ? null : value, id)}>
            {[{ file: "", tint: nodeTint(null, "utils") }, ...NODE_COLORS].map(({ file, tint }, i) => (
              <DropdownMenu.RadioItem key={file} value={file} className={menu.item}>
                <span className={styles.swatch} style={{ background: tint }} />
                {t(COLOR_NAMES[i - 1] ?? "arranging.group.noColor")}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
