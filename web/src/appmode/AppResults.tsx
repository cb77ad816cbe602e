/** What a form's runs bring: the one being made, the newest one large, and the earlier ones in a strip. */
import { Download, Maximize2 } from "lucide-react";
import { useEffect, useMemo, useState, type KeyboardEvent } from "react";

import { viewUrl } from "@/api/client";
import { Chooser } from "@/chooser/Chooser";
import { askedIn } from "@/chooser/questions";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { nodeTitle } from "@/runtime/queue";
import { IDLE, runKey, runtimeStore } from "@/runtime/store";
import { uiStore } from "@/session/ui";

import styles from "./App.module.css";
import { resultKey, resultStore, watchResults, type Result } from "./results";

const NONE: readonly Result[] = [];

export function AppResults({ outputs }: { readonly outputs: readonly string[] }) {
  const tab = documentStore((state) => state.tab);
  const results = resultStore((state) => state[tab] ?? NONE);
  const [chosen, setChosen] = useState<string | null>(null);
  const isRunning = runtimeStore((state) => state.run !== null && state.jobs[state.run]?.tab === tab);
  const list = outputs.join("\n");
  useEffect(() => watchResults(list === "" ? [] : list.split("\n"), tab), [list, tab]);
  const newest = results[0];
  const newestKey = newest === undefined ? "" : resultKey(newest);
  // What is new is looked at, whatever was looked at before.
  const [seen, setSeen] = useState(newestKey);
  if (seen !== newestKey) {
    setSeen(newestKey);
    setChosen(null);
  }
  const index = Math.max(0, results.findIndex((result) => resultKey(result) === chosen));
  const shown = results[index];
  return (
    <section className={styles.results} aria-label={t("appMode.results")}>
      <Questions tab={tab} />
      {isRunning && chosen === null ? <Live tab={tab} last={shown} /> : <Large result={shown} results={results} index={index} />}
      <Texts outputs={outputs} tab={tab} />
      {results.length > 1 && <Strip results={results} index={index} onChoose={(result) => setChosen(resultKey(result))} />}
    </section>
  );
}

/** A run that waits for a choice asks it here. */
function Questions({ tab }: { readonly tab: string }) {
  const nodes = runtimeStore((state) => state.nodes);
  const asked = useMemo(() => askedIn({ nodes }).filter((item) => item.tab === tab), [nodes, tab]);
  return asked.map(({ key, question }) => <Chooser key={`${question.job}/${question.node}`} at={key} question={question} title={nodeTitle(question.node)} />);
}

/** The newest preview of the run, over the last result. */
function Live({ tab, last }: { readonly tab: string; readonly last: Result | undefined }) {
  const preview = runtimeStore(({ node, nodes }) => (node === null ? null : (nodes[runKey(node, tab)] ?? IDLE).preview));
  return (
    <div className={styles.large} data-live>
      {preview !== null ? <img src={preview} alt={t("appMode.running")} /> : last !== undefined && last.kind === "image" ? <img src={viewUrl(last.file, true)} alt="" data-old /> : <p className={styles.empty}>{t("appMode.running")}</p>}
    </div>
  );
}

interface LargeProps {
  readonly result: Result | undefined;
  readonly results: readonly Result[];
  readonly index: number;
}

function Large({ result, results, index }: LargeProps) {
  if (result === undefined)
    return (
      <div className={styles.large}>
        <p className={styles.empty}>{t("appMode.noResults")}</p>
      </div>
    );
  const { kind, file } = result;
  const pictures = results.filter((item) => item.kind === "image");
  const open = (): void => uiStore.setState({ lightbox: { items: pictures.map((item) => item.file), index: Math.max(0, pictures.indexOf(result)) } });
  return (
    <figure className={styles.large}>
      <Medium result={result} onOpen={open} />
      <figcaption>
        <span>{t("appMode.shown", { index: index + 1, total: results.length })}</span>
        {kind === "image" && (
          <button type="button" className={styles.quiet} onClick={open}>
            <Maximize2 size={14} aria-hidden />
            {t("appMode.large")}
          </button>
        )}
        <a className={styles.quiet} href={viewUrl(file)} download={file.filename}>
          <Download size={14} aria-hidden />
          {t("appMode.download")}
        </a>
      </figcaption>
    </figure>
  );
}

function Medium({ result: { kind, file }, onOpen }: { readonly result: Result; readonly onOpen: () => void }) {
  if (kind === "video") return <video src={viewUrl(file)} controls loop muted autoPlay />;
  // What was just made has no captions.
  // eslint-disable-next-line jsx-a11y/media-has-caption
  if (kind === "audio") return <audio src={viewUrl(file)} controls />;
  if (kind === "file") return <p className={styles.empty}>{file.filename}</p>;
  return (
    <button type="button" className={styles.zoom} aria-label={t("gallery.open", { name: file.filename })} onClick={onOpen}>
      <img src={viewUrl(file)} alt={file.filename} data-testid="app-result" />
    </button>
  );
}

function Texts({ outputs, tab }: { readonly outputs: readonly string[]; readonly tab: string }) {
  const joined = runtimeStore(({ nodes }) => {
    const ids = outputs.length > 0 ? outputs.map((id) => runKey(id, tab)) : Object.keys(nodes).filter((key) => key.startsWith(`${tab}/`));
    return ids.flatMap((key) => nodes[key]?.texts ?? []).join("\n\n");
  });
  return joined === "" ? null : <pre className={styles.texts}>{joined}</pre>;
}

interface StripProps {
  readonly results: readonly Result[];
  readonly index: number;
  readonly onChoose: (result: Result) => void;
}

function Strip({ results, index, onChoose }: StripProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step === undefined ? undefined : results[index + step];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="option"]')[results.indexOf(next)]?.focus();
  };
  return (
    <div className={styles.strip} role="listbox" tabIndex={-1} aria-label={t("appMode.history")} aria-orientation="horizontal" onKeyDown={onKeyDown}>
      {results.map((result, i) => (
        <button key={resultKey(result)} type="button" role="option" aria-selected={i === index} tabIndex={i === index ? 0 : -1} aria-label={t("appMode.shown", { index: i + 1, total: results.length })} onClick={() => onChoose(result)}>
          {result.kind === "image" ? <img src={viewUrl(result.file, true)} alt="" loading="lazy" /> : <span>{result.file.filename}</span>}
        </button>
      ))}
    </div>
  );
}
