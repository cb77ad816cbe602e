/** A workflow as a plain form: its settings, Run, and what comes of it. Nothing of the graph is seen. */
import { ArrowLeft, Link2, Minus, Pencil, Play, Plus, Square } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { toast } from "sonner";

import { interrupt } from "@/api/client";
import { sessionStore } from "@/session/store";
import { ConnectionBanner } from "@/panels/ConnectionBanner";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { chordLabel } from "@/palette/keymap";
import { commandTable, installCommands, runCommand } from "@/palette/registry";
import { useTroubles } from "@/panels/ErrorList";
import { inputName, troubleTitle } from "@/panels/errors";
import { runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";
import { IconButton } from "@/ui/IconButton";

import styles from "./App.module.css";
import { AppField, fieldId } from "./AppField";
import { AppResults } from "./AppResults";
import { fieldKey, fieldsIn, readForm, type AppForm } from "./form";
import { shownForm } from "./propose";
import { addressOf, formTitle, leaveApp, toggleBuilder } from "./store";

const MOST = 100;
/** What can be done in a form: anything else would change a graph that nobody sees. */
const ALLOWED: ReadonlySet<string> = new Set(["run", "runFront", "interrupt", "clearQueue", "undo", "redo", "save", "saveAs", "open", "app", "appBuild", "settings", "theme", "shortcuts", "tabNext", "tabPrevious", "templates"]);

function useShownForm(): AppForm {
  const whole = documentStore((state) => state.whole);
  const defs = sessionStore((state) => state.defs);
  return useMemo(() => shownForm(whole, defs, readForm(whole)), [whole, defs]);
}

/** While the form is shown the canvas's own keys sleep. */
function useQuietKeys(): void {
  useEffect(() => {
    const all = commandTable();
    installCommands(Object.fromEntries(Object.entries(all).filter(([id]) => ALLOWED.has(id))));
    return () => installCommands(all);
  }, []);
}

export function AppRoom() {
  const form = useShownForm();
  const isReady = sessionStore((state) => state.ready);
  const isProposed = documentStore((state) => readForm(state.whole).fields.length === 0);
  const heading = useRef<HTMLHeadingElement>(null);
  const name = sessionStore((state) => state.name);
  const title = documentStore((state) => formTitle(form, state.whole, name));
  useQuietKeys();
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  if (!isReady) return <p className={styles.loading}>{t("app.loading")}</p>;
  return (
    <div className={styles.room} data-testid="app-room">
      <header className={styles.head}>
        <IconButton label={t("appMode.leave")} onClick={leaveApp}>
          <ArrowLeft size={18} />
        </IconButton>
        <div className={styles.heading}>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {form.description !== "" && <p>{form.description}</p>}
        </div>
        <IconButton label={t("appMode.share")} onClick={() => void share()}>
          <Link2 size={17} />
        </IconButton>
        <IconButton label={t("appMode.edit")} className={styles.wideOnly ?? ""} onClick={toggleBuilder}>
          <Pencil size={16} />
        </IconButton>
      </header>
      <ConnectionBanner />
      <main className={styles.main}>
        <form
          className={styles.form}
          aria-label={t("appMode.form")}
          onSubmit={(event) => {
            event.preventDefault();
            runCommand("run");
          }}
        >
          <div className={styles.fields}>
            <Attention form={form} />
            {isProposed && <p className={styles.help}>{t(form.fields.length === 0 ? "appMode.noFields" : "appMode.proposed")}</p>}
            {["", ...form.sections.map((section) => section.id)].map((section) => (
              <Section key={section} form={form} id={section} />
            ))}
          </div>
          <RunBar />
        </form>
        <AppResults outputs={form.outputs} />
      </main>
    </div>
  );
}

function Section({ form, id }: { readonly form: AppForm; readonly id: string }) {
  const fields = fieldsIn(form, id).filter((field) => !field.hidden);
  const title = form.sections.find((section) => section.id === id)?.title ?? "";
  if (fields.length === 0) return null;
  return (
    <section className={styles.section} aria-label={title || undefined}>
      {title !== "" && <h2>{title}</h2>}
      <div className={styles.grid}>
        {fields.map((field) => (
          <AppField key={fieldKey(field)} field={field} />
        ))}
      </div>
    </section>
  );
}

/** What no field of the form says for itself is said above. */
function Attention({ form }: { readonly form: AppForm }) {
  const troubles = useTroubles();
  const fields = new Map(form.fields.filter((field) => !field.hidden).map((field) => [fieldKey(field), field]));
  if (troubles.length === 0) return null;
  return (
    <div className={styles.attention} role="alert">
      <strong>{t("appMode.missing")}</strong>
      <ul>
        {troubles.map((trouble) => {
          const field = trouble.input === null ? undefined : fields.get(fieldKey({ node: trouble.node, widget: trouble.input }));
          return (
            <li key={trouble.key}>
              <span>{[[troubleTitle(trouble), inputName(trouble)].filter(Boolean).join(", "), trouble.sentence].filter(Boolean).join(": ")}</span>
              {field !== undefined && (
                <button type="button" onClick={() => document.getElementById(fieldId(field))?.focus()}>
                  {t("appMode.show")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function RunBar() {
  const batch = uiStore((state) => state.batch);
  const run = runtimeStore((state) => state.run);
  const waiting = runtimeStore((state) => state.queueRemaining);
  const progress = runtimeStore((state) => state.progress);
  const offline = runtimeStore((state) => state.connection === "lost");
  const worker = runtimeStore((state) => state.worker);
  const set = (value: number): void => uiStore.setState({ batch: Math.min(MOST, Math.max(1, Math.round(value) || 1)) });
  const label = offline ? t("run.offline") : worker === "starting" ? t("run.warming") : worker === "restarting" ? t("run.restarting") : t("action.run");
  return (
    <div className={styles.runBar}>
      {run !== null && (
        <div className={styles.progress} role="progressbar" aria-label={t("run.progress")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(progress * 100)}>
          <div style={{ transform: `scaleX(${progress})` }} />
        </div>
      )}
      <div className={styles.count} role="group" aria-label={t("appMode.times")}>
        <IconButton label={t("appMode.fewer")} disabled={batch <= 1} onClick={() => set(batch - 1)}>
          <Minus size={15} />
        </IconButton>
        <input type="text" inputMode="numeric" aria-label={t("appMode.times")} value={batch} onChange={(event) => set(Number(event.target.value))} />
        <IconButton label={t("appMode.more")} disabled={batch >= MOST} onClick={() => set(batch + 1)}>
          <Plus size={15} />
        </IconButton>
      </div>
      <span className={styles.queue} aria-live="polite">
        {waiting > 1 || (waiting === 1 && run === null) ? t("run.queued", { count: waiting }) : ""}
      </span>
      {run !== null && (
        <button type="button" className={styles.stop} data-testid="app-stop" onClick={() => void interrupt()}>
          <Square size={13} fill="currentColor" aria-hidden />
          {t("appMode.stop")}
        </button>
      )}
      <button type="submit" className={styles.run} data-testid="app-run">
        <Play size={15} fill="currentColor" aria-hidden />
        {label}
        <kbd>{chordLabel("mod+enter")}</kbd>
      </button>
    </div>
  );
}

async function share(): Promise<void> {
  const { path } = sessionStore.getState();
  if (path === null) {
    toast.info(t("appMode.notSaved"));
    return;
  }
  const address = addressOf(path);
  const isCopied = await (navigator.clipboard?.writeText(address) ?? Promise.reject(new Error("no clipboard"))).then(() => true, () => false);
  toast(isCopied ? t("appMode.copied") : address, isCopied ? { description: address } : { duration: 20_000 });
}
