/** The presets of a node's type: taken, made of the node as it is, renamed, deleted, made the default. */
import { Check, Pencil, RefreshCw, Star, Trash2 } from "lucide-react";
import { useState, type FormEvent, type KeyboardEvent } from "react";

import { controlKey, widgetsIn } from "@/formats/widgets";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import type { NodeDef } from "@/formats/definitions";
import type { DocNode } from "@/model/types";
import { useDefs } from "@/session/store";
import { nameOf } from "@/sweeps/document";
import { labelOf } from "@/sweeps/spec";
import { Dialog, dialogStyles } from "@/ui/Dialog";
import { IconButton } from "@/ui/IconButton";

import { applyPreset } from "./act";
import styles from "./Presets.module.css";
import { changePresets, presetStore } from "./store";
import { presetFrom, presetsOf, putPreset, removePreset, renamePreset, setDefault, type TypePreset } from "./types";
import { setupView } from "./view";

const close = (): void => setupView.setState({ node: null });

export function NodePresets() {
  const id = setupView((state) => state.node);
  const node = documentStore((state) => (id === null ? undefined : state.doc.nodes[id]));
  const defs = useDefs();
  const def = node === undefined ? undefined : defs[node.type];
  if (node === undefined || def === undefined) return null;
  return (
    <Dialog title={t("presets.type.title", { type: def.title })} description={t("presets.type.hint")} isOpen wide onClose={close}>
      <List node={node} />
      <SaveForm node={node} def={def} />
    </Dialog>
  );
}

function List({ node }: { readonly node: DocNode }) {
  const presets = presetStore((state) => presetsOf(state.types, node.type));
  const [renaming, setRenaming] = useState<string | null>(null);
  if (presets.length === 0) return <p className={styles.hint}>{t("presets.type.none")}</p>;
  return (
    <ul className={styles.list}>
      {presets.map((preset) => (
        <li key={preset.name} className={styles.row}>
          {renaming === preset.name ? <RenameField node={node} preset={preset} onDone={() => setRenaming(null)} /> : <PresetRow node={node} preset={preset} onRename={() => setRenaming(preset.name)} />}
        </li>
      ))}
    </ul>
  );
}

interface RowProps {
  readonly node: DocNode;
  readonly preset: TypePreset;
}

function PresetRow({ node, preset, onRename }: RowProps & { readonly onRename: () => void }) {
  const { type } = node;
  const { name, isDefault, values } = preset;
  const update = (): void => void changePresets((types) => putPreset(types, type, { ...presetFrom(node, name, new Set(Object.keys(values)), { color: preset.color !== null, size: preset.size !== null, isDefault }) }));
  return (
    <>
      <span className={styles.words}>
        <strong>{name}</strong>
        <small>{Object.entries(values).filter(([key]) => !key.startsWith("control:")).map(([key, value]) => `${key.replaceAll("_", " ")} ${labelOf(value)}`).join(" · ")}</small>
      </span>
      <IconButton label={t(isDefault ? "presets.type.notDefault" : "presets.type.makeDefault", { name })} aria-pressed={isDefault} onClick={() => void changePresets((types) => setDefault(types, type, isDefault ? null : name))}>
        <Star size={15} fill={isDefault ? "currentColor" : "none"} />
      </IconButton>
      <IconButton label={t("presets.type.update", { name })} onClick={update}>
        <RefreshCw size={14} />
      </IconButton>
      <IconButton label={t("presets.rename", { name })} onClick={onRename}>
        <Pencil size={14} />
      </IconButton>
      <IconButton label={t("presets.delete", { name })} onClick={() => void changePresets((types) => removePreset(types, type, name))}>
        <Trash2 size={14} />
      </IconButton>
      <button type="button" className={styles.take} data-testid={`preset-${name}`} onClick={() => { applyPreset(type, preset, node.id); close(); }}>
        <Check size={14} />
        {t("presets.applyShort")}
      </button>
    </>
  );
}

function RenameField({ node, preset, onDone }: RowProps & { readonly onDone: () => void }) {
  const [name, setName] = useState(preset.name);
  const save = (): void => {
    if (name.trim() !== preset.name) void changePresets((types) => renamePreset(types, node.type, preset.name, name));
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") save();
    else if (event.key === "Escape") onDone();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return <input className={`${dialogStyles.text} ${styles.words}`} value={name} autoFocus aria-label={t("presets.name")} onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} onBlur={save} onKeyDown={onKeyDown} />;
}

function SaveForm({ node, def }: { readonly node: DocNode; readonly def: NodeDef }) {
  const presets = presetStore((state) => presetsOf(state.types, node.type));
  const widgets = widgetsIn(def, node).filter((widget) => widget.kind !== "upload" && widget.kind !== "filter");
  const [name, setName] = useState("");
  // Nobody wants all new nodes to have one seed.
  const [out, setOut] = useState<ReadonlySet<string>>(() => new Set(widgets.filter((widget) => widget.kind === "int" && node.values[controlKey(widget.name)] !== undefined).map((widget) => widget.key)));
  const [also, setAlso] = useState({ color: false, size: false, isDefault: presets.length === 0 });
  const isTaken = presets.some((preset) => preset.name === name.trim());
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === "") return;
    const preset = presetFrom(node, name, new Set(widgets.map((widget) => widget.key).filter((key) => !out.has(key))), also);
    if (!(await changePresets((types) => putPreset(types, node.type, preset)))) return;
    setName("");
    setAlso({ ...also, isDefault: false });
  };
  const check = (key: string, isOn: boolean): void => setOut(new Set(isOn ? [...out].filter((other) => other !== key) : [...out, key]));
  return (
    <form className={styles.form} onSubmit={(event) => void save(event)}>
      <h3 className={styles.heading}>{t("presets.type.new")}</h3>
      <label className={styles.stack}>
        <span>{t("presets.name")}</span>
        <input className={dialogStyles.text} value={name} autoFocus autoComplete="off" data-testid="preset-name" onChange={(event) => setName(event.target.value)} />
      </label>
      {isTaken && <p className={styles.hint}>{t("presets.type.taken", { name: name.trim() })}</p>}
      <div className={styles.checks}>
        {widgets.map((widget) => (
          <label key={widget.key} className={styles.check}>
            <input type="checkbox" checked={!out.has(widget.key)} onChange={(event) => check(widget.key, event.target.checked)} />
            <span>{widget.kind === "control" ? t("presets.type.control", { name: widget.input.name.replaceAll("_", " ") }) : nameOf(widget)}</span>
            <small>{labelOf(node.values[widget.key] ?? "")}</small>
          </label>
        ))}
      </div>
      <div className={styles.also}>
        {(["color", "size", "isDefault"] as const).map((key) => (
          <label key={key} className={styles.check}>
            <input type="checkbox" checked={also[key]} onChange={(event) => setAlso({ ...also, [key]: event.target.checked })} />
            <span>{t(`presets.type.${key}`)}</span>
          </label>
        ))}
      </div>
      <div className={dialogStyles.actions}>
        <button type="submit" className={dialogStyles.primary} disabled={name.trim() === ""} data-testid="preset-save">
          {t(isTaken ? "presets.type.replace" : "presets.type.save")}
        </button>
      </div>
    </form>
  );
}
