/** The editor of a switch: its name, its kind, and what each node and group does. */
import { Box, Frame, Plus, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";

import { t } from "@/i18n";
import { currentWhole, transactWhole } from "@/model/document";
import { graphOf, pageOf, splitExecutionId, subgraphAt } from "@/model/pages";
import { MODE } from "@/model/types";
import { setupView } from "@/presets/view";
import { currentDefs, titleOf } from "@/session/store";
import { Dialog, dialogStyles } from "@/ui/Dialog";
import { IconButton } from "@/ui/IconButton";

import { entriesHere } from "./act";
import { MODES, putSwitch, switchesOf, type Switch, type SwitchEntry } from "./sets";
import styles from "./SwitchDialog.module.css";

const close = (): void => setupView.setState({ switching: null });

export function SwitchDialog() {
  const one = setupView((state) => state.switching);
  if (one === null) return null;
  return (
    <Dialog title={t("switches.dialog.title")} description={t("switches.dialog.hint")} isOpen wide onClose={close}>
      <Form key={one.id} one={one} />
    </Dialog>
  );
}

/** A node or group with the subgraphs it stands in. */
function nameOf({ kind, id }: SwitchEntry): string {
  const whole = currentWhole();
  const { path, node } = splitExecutionId(id);
  const defs = currentDefs();
  const names = path.map((step, i) => titleOf(pageOf(whole, path.slice(0, i)), defs, step));
  const where = subgraphAt(whole, path);
  const graph = where === undefined ? undefined : graphOf(whole, where);
  const own = kind === "group" ? graph?.groups[node]?.title : graph?.nodes[node] === undefined ? undefined : titleOf(pageOf(whole, path), defs, node);
  return [...names, own ?? t("switches.dialog.gone", { id: node })].join(" › ");
}

const MODE_KEYS = { [MODE.always]: "switches.modes.active", [MODE.muted]: "switches.modes.muted", [MODE.bypassed]: "switches.modes.bypassed" } as const;
const wordOf = (mode: number): string => t(MODE_KEYS[mode as keyof typeof MODE_KEYS]);

function Form({ one }: { readonly one: Switch }) {
  const [name, setName] = useState(one.name);
  const [radio, setRadio] = useState(one.radio ?? "");
  const [entries, setEntries] = useState(one.entries);
  const others = [...new Set(switchesOf(currentWhole()).flatMap((other) => (other.radio === null ? [] : [other.radio])))];
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === "" || entries.length === 0) return;
    transactWhole("switches.step.save", (whole) => putSwitch(whole, { ...one, name: name.trim(), radio: radio.trim() === "" ? null : radio.trim(), entries }));
    close();
  };
  const change = (index: number, next: Partial<SwitchEntry>): void => setEntries(entries.map((entry, i) => (i === index ? { ...entry, ...next } : entry)));
  const addSelection = (): void => {
    const known = new Set(entries.map(({ kind, id }) => `${kind}:${id}`));
    setEntries([...entries, ...entriesHere().filter(({ kind, id }) => !known.has(`${kind}:${id}`))]);
  };
  return (
    <form className={styles.form} onSubmit={save}>
      <div className={styles.fields}>
        <label>
          <span>{t("switches.dialog.name")}</span>
          <input className={dialogStyles.text} value={name} autoFocus autoComplete="off" placeholder={t("switches.dialog.namePlaceholder")} data-testid="switch-name" onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          <span>{t("switches.dialog.radio")}</span>
          <input className={dialogStyles.text} value={radio} list="switch-radios" autoComplete="off" placeholder={t("switches.dialog.radioPlaceholder")} data-testid="switch-radio" onChange={(event) => setRadio(event.target.value)} />
          <datalist id="switch-radios">
            {others.map((word) => (
              <option key={word} value={word} />
            ))}
          </datalist>
        </label>
      </div>
      <ul className={styles.list}>
        {entries.map((entry, index) => (
          <li key={`${entry.kind}:${entry.id}`}>
            {entry.kind === "group" ? <Frame size={14} aria-hidden /> : <Box size={14} aria-hidden />}
            <span className={styles.name}>{nameOf(entry)}</span>
            <ModeSelect label={t("switches.dialog.on")} value={entry.on} onChange={(on) => change(index, { on })} />
            <ModeSelect label={t("switches.dialog.off")} value={entry.off} onChange={(off) => change(index, { off })} />
            <IconButton label={t("switches.dialog.leaveOut", { name: nameOf(entry) })} onClick={() => setEntries(entries.filter((_entry, i) => i !== index))}>
              <Trash2 size={14} />
            </IconButton>
          </li>
        ))}
        {entries.length === 0 && <li className={styles.empty}>{t("switches.dialog.empty")}</li>}
      </ul>
      <div className={dialogStyles.actions}>
        <button type="button" className={`${dialogStyles.secondary} ${styles.add}`} onClick={addSelection}>
          <Plus size={14} />
          {t("switches.dialog.add")}
        </button>
        <button type="button" className={dialogStyles.secondary} onClick={close}>
          {t("action.cancel")}
        </button>
        <button type="submit" className={dialogStyles.primary} disabled={name.trim() === "" || entries.length === 0} data-testid="switch-save">
          {t("switches.dialog.save")}
        </button>
      </div>
    </form>
  );
}

function ModeSelect({ label, value, onChange }: { readonly label: string; readonly value: number; readonly onChange: (mode: number) => void }) {
  return (
    <label className={styles.mode}>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {MODES.map((mode) => (
          <option key={mode} value={mode}>
            {wordOf(mode)}
          </option>
        ))}
      </select>
    </label>
  );
}
