/** The small panel: switches to turn, value sets to apply. */
import { GitCompare, Pencil, Plus, RefreshCw, Trash2, X } from "lucide-react";
import { useState, type KeyboardEvent } from "react";

import { t } from "@/i18n";
import { documentStore, transactWhole } from "@/model/document";
import { freshUuid } from "@/model/uuid";
import { useDefs } from "@/session/store";
import { boxesOf, entriesHere, set, toggle } from "@/switches/act";
import { removeSwitch, stateOf, switchesOf, type Switch } from "@/switches/sets";
import { IconButton } from "@/ui/IconButton";

import { applyNamed } from "./act";
import { differences, putSet, removeSet, renameSet, setsOf, updated, type ValueSet } from "./sets";
import styles from "./SetupPanel.module.css";
import { setupView } from "./view";

const close = (): void => setupView.setState({ isOpen: false });

export function SetupPanel() {
  const isOpen = setupView((state) => state.isOpen);
  const hasSelection = documentStore(({ selection }) => selection.nodes.length + selection.groups.length > 0);
  if (!isOpen) return null;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    close();
  };
  const newSwitch = (): void => setupView.setState({ switching: { id: freshUuid(), name: "", radio: null, entries: entriesHere() } });
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside className={styles.panel} aria-label={t("presets.panel")} onKeyDown={onKeyDown} data-testid="setups">
      <header className={styles.head}>
        <h2>{t("switches.title")}</h2>
        <IconButton label={t("switches.fromSelection")} disabled={!hasSelection} onClick={newSwitch} data-testid="switch-new">
          <Plus size={16} />
        </IconButton>
        <IconButton label={t("action.close")} onClick={close}>
          <X size={16} />
        </IconButton>
      </header>
      <Switches />
      <header className={styles.head}>
        <h2>{t("presets.sets")}</h2>
        <IconButton label={t("presets.fromSelection")} disabled={!hasSelection} onClick={() => setupView.setState({ isCapturing: true })} data-testid="set-new">
          <Plus size={16} />
        </IconButton>
      </header>
      <Sets />
    </aside>
  );
}

function Switches() {
  const whole = documentStore((state) => state.whole);
  const all = switchesOf(whole);
  if (all.length === 0) return <p className={styles.empty}>{t("switches.empty")}</p>;
  return (
    <ul>
      {all.map((one) => (
        <SwitchRow key={one.id} one={one} state={stateOf(whole, boxesOf, one)} />
      ))}
    </ul>
  );
}

function SwitchRow({ one, state }: { readonly one: Switch; readonly state: ReturnType<typeof stateOf> }) {
  const isRadio = one.radio !== null;
  return (
    <li className={styles.row}>
      <button
        type="button"
        role="switch"
        aria-checked={state === "on"}
        title={isRadio ? t("switches.oneOf", { name: one.radio ?? "" }) : undefined}
        className={styles.switch}
        data-state={state}
        data-radio={isRadio || undefined}
        disabled={state === "gone"}
        data-testid={`switch-${one.name}`}
        onClick={() => (isRadio ? set(one, true) : toggle(one))}
      >
        <span className={styles.knob} aria-hidden />
        <span className={styles.name}>{one.name}</span>
        <small>{isRadio ? one.radio : state === "mixed" ? t("switches.mixed") : state === "gone" ? t("switches.gone") : ""}</small>
      </button>
      <span className={styles.tools}>
        <IconButton label={t("switches.edit", { name: one.name })} onClick={() => setupView.setState({ switching: one })}>
          <Pencil size={13} />
        </IconButton>
        <IconButton label={t("switches.delete", { name: one.name })} onClick={() => transactWhole("switches.step.delete", (whole) => removeSwitch(whole, one.id))}>
          <Trash2 size={13} />
        </IconButton>
      </span>
    </li>
  );
}

function Sets() {
  const all = documentStore((state) => setsOf(state.whole));
  const [renaming, setRenaming] = useState<string | null>(null);
  if (all.length === 0) return <p className={styles.empty}>{t("presets.noSets")}</p>;
  return (
    <ul>
      {all.map((one) => (
        <SetRow key={one.id} one={one} isRenaming={renaming === one.id} onRename={(isOn) => setRenaming(isOn ? one.id : null)} />
      ))}
    </ul>
  );
}

interface SetRowProps {
  readonly one: ValueSet;
  readonly isRenaming: boolean;
  readonly onRename: (isOn: boolean) => void;
}

function SetRow({ one, isRenaming, onRename }: SetRowProps) {
  const defs = useDefs();
  const count = documentStore((state) => differences(state.whole, defs, one).length);
  const update = (): void => transactWhole("presets.step.update", (whole) => putSet(whole, updated(whole, defs, one)));
  if (isRenaming) return <li className={styles.row}><Rename one={one} onDone={() => onRename(false)} /></li>;
  return (
    <li className={styles.row}>
      <button type="button" className={styles.apply} title={t("presets.apply", { name: one.name })} onClick={() => applyNamed(one)} onDoubleClick={() => onRename(true)} data-testid={`set-${one.name}`}>
        <span className={styles.name}>{one.name}</span>
        <small>{count === 0 ? t("presets.same") : t("presets.differs", { count })}</small>
      </button>
      <span className={styles.tools}>
        <IconButton label={t("presets.compare", { name: one.name })} onClick={() => setupView.setState({ comparing: one })}>
          <GitCompare size={13} />
        </IconButton>
        <IconButton label={t("presets.update", { name: one.name })} disabled={count === 0} onClick={update}>
          <RefreshCw size={13} />
        </IconButton>
        <IconButton label={t("presets.rename", { name: one.name })} onClick={() => onRename(true)}>
          <Pencil size={13} />
        </IconButton>
        <IconButton label={t("presets.delete", { name: one.name })} onClick={() => transactWhole("presets.step.delete", (whole) => removeSet(whole, one.id))}>
          <Trash2 size={13} />
        </IconButton>
      </span>
    </li>
  );
}

function Rename({ one, onDone }: { readonly one: ValueSet; readonly onDone: () => void }) {
  const [name, setName] = useState(one.name);
  const save = (): void => {
    transactWhole("presets.step.rename", (whole) => renameSet(whole, one.id, name));
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") save();
    else if (event.key === "Escape") onDone();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return <input className={styles.text} value={name} autoFocus aria-label={t("presets.name")} onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} onBlur={save} onKeyDown={onKeyDown} />;
}
