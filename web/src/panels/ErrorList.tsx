/** The errors of the workflow in front: go there, read the details, take a report along. */
import { ClipboardCopy, LocateFixed, ScrollText } from "lucide-react";
import { useMemo, useState } from "react";
import { toast } from "sonner";

import { showExecuted } from "@/canvas/viewport";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { commandTitle, runCommand } from "@/palette/registry";
import { runtimeStore } from "@/runtime/store";
import { currentFile } from "@/tabs/files";
import { IconButton } from "@/ui/IconButton";

import styles from "./Console.module.css";
import { consoleStore } from "./console";
import { copyReport, inputName, troublesOf, troubleTitle, type Trouble } from "./errors";

export function useTroubles(): readonly Trouble[] {
  const tab = documentStore((state) => state.tab);
  const nodes = runtimeStore((state) => state.nodes);
  const refusal = runtimeStore((state) => state.refusals[tab]);
  return useMemo(() => troublesOf(nodes, tab, refusal), [nodes, tab, refusal]);
}

export function ErrorList() {
  const troubles = useTroubles();
  const [hasWorkflow, setWorkflow] = useState(false);
  const copy = async (some: readonly Trouble[]): Promise<void> => {
    const isCopied = await copyReport(some, hasWorkflow ? currentFile() : null);
    toast(t(isCopied ? "help.errors.copied" : "fields.noClipboard"), { id: "report", duration: 2500 });
  };
  if (troubles.length === 0)
    return (
      <>
        <p className={styles.hint}>{t("help.errors.none")}</p>
        <LogButton />
      </>
    );
  return (
    <>
      <ul className={styles.errors}>
        {troubles.map((trouble) => (
          <li key={trouble.key}>
            <div className={styles.errorHead}>
              {trouble.refusal === undefined ? (
                <button type="button" className={styles.jump} onClick={() => showExecuted(trouble.node)}>
                  <LocateFixed size={13} aria-hidden />
                  <strong>{troubleTitle(trouble)}</strong>
                  {trouble.input !== null && <span>{inputName(trouble)}</span>}
                </button>
              ) : (
                <strong>{troubleTitle(trouble)}</strong>
              )}
              <IconButton label={t("help.errors.copyOne", { title: troubleTitle(trouble) || t("action.run") })} onClick={() => void copy([trouble])}>
                <ClipboardCopy size={14} />
              </IconButton>
            </div>
            <p className={styles.sentence}>{trouble.sentence}</p>
            {trouble.refusal?.command != null && <Remedy command={trouble.refusal.command} />}
            {trouble.trace.length > 0 && (
              <details className={styles.trace}>
                <summary>{t("inspector.trace")}</summary>
                {/* Long traces are scrolled by key too. */}
                {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
                <pre tabIndex={0}>{trouble.trace.join("")}</pre>
              </details>
            )}
          </li>
        ))}
      </ul>
      <div className={styles.tools}>
        <label className={styles.check}>
          <input type="checkbox" checked={hasWorkflow} onChange={(event) => setWorkflow(event.target.checked)} />
          {t("help.errors.attach")}
        </label>
        <button type="button" className={styles.button} onClick={() => void copy(troubles)}>
          <ClipboardCopy size={14} aria-hidden />
          {t("help.errors.copy")}
        </button>
        <LogButton />
      </div>
    </>
  );
}

/** Leads to what would be right. */
function Remedy({ command }: { readonly command: string }) {
  return (
    <button type="button" className={`${styles.button} ${styles.remedy}`} onClick={() => runCommand(command)}>
      {commandTitle(command)}
    </button>
  );
}

/** Unless it is shown already. */
function LogButton() {
  const isShown = consoleStore((state) => state.tab !== null);
  if (isShown) return null;
  return (
    <button type="button" className={styles.button} onClick={() => consoleStore.setState({ tab: "log" })}>
      <ScrollText size={14} aria-hidden />
      {t("help.log.title")}
    </button>
  );
}
