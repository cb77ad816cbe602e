/** The server's log as it is written, and how much memory is free. */
import { ClipboardCopy } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { toast } from "sonner";

import { fetchLog, fetchStats, parseLines, subscribeLog, type LogLine, type Stats } from "@/api/logs";
import { t } from "@/i18n";
import { client } from "@/runtime/client";
import { runtimeStore } from "@/runtime/store";
import { SearchField } from "@/ui/SearchField";
import { toClipboard } from "@/ui/clipboard";
import { finder } from "@/ui/words";

import { listenTo } from "./console";
import styles from "./Console.module.css";

const MOST = 5000;
const REFRESH = 3000;

/** All typed words occur in the line. */
export function filterLines(lines: readonly LogLine[], query: string): readonly LogLine[] {
  const isFound = finder(query);
  return query.trim() === "" ? lines : lines.filter((line) => isFound(line.m));
}

/** Programs colour what they write for terminals. */
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const plain = (text: string): string => text.replaceAll(COLORS, "").trimEnd();

export function LogView() {
  const { lines, hasFailed } = useLog();
  const [query, setQuery] = useState("");
  const [follows, setFollows] = useState(true);
  const shown = useMemo(() => filterLines(lines, query), [lines, query]);
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    const element = box.current;
    if (follows && element !== null) element.scrollTop = element.scrollHeight;
  }, [shown, follows]);
  const copy = async (): Promise<void> => {
    const isCopied = await toClipboard(shown.map((line) => `${line.t} ${plain(line.m)}`).join("\n"));
    toast(t(isCopied ? "help.log.copied" : "fields.noClipboard"), { id: "log", duration: 2000 });
  };
  return (
    <div className={styles.log}>
      <div className={styles.tools}>
        <SearchField className={styles.search} label={t("help.log.filter")} query={query} onQuery={setQuery} />
        <label className={styles.check}>
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} />
          {t("help.log.follow")}
        </label>
        <button type="button" className={styles.button} onClick={() => void copy()}>
          <ClipboardCopy size={14} aria-hidden />
          {t("help.log.copy")}
        </button>
        <ServerState />
      </div>
      {hasFailed && <p className={styles.hint} role="alert">{t("help.log.failed")}</p>}
      {/* A region of its own, so that it can be scrolled by keys. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre ref={box} className={styles.lines} tabIndex={0} role="log" aria-label={t("help.log.title")} aria-live="off" onWheel={(event) => { if (event.deltaY < 0) setFollows(false); }}>
        {shown.length === 0 ? t(lines.length === 0 ? "help.log.empty" : "help.log.none") : shown.map((line) => plain(line.m)).join("\n")}
      </pre>
    </div>
  );
}

interface Log {
  readonly lines: readonly LogLine[];
  readonly hasFailed: boolean;
}

/** What was written until now, then each line as it comes; again after the connection was lost. */
function useLog(): Log {
  const isOpen = runtimeStore((state) => state.connection === "open");
  const [log, setLog] = useState<Log>({ lines: [], hasFailed: false });
  useEffect(() => {
    let isWanted = true;
    const quiet = listenTo("logs", (data) => {
      const fresh = parseLines(data["entries"]);
      setLog((before) => ({ ...before, lines: [...before.lines, ...fresh].slice(-MOST) }));
    });
    subscribeLog(client.id, true)
      .then(fetchLog)
      .then((lines) => isWanted && setLog({ lines: lines.slice(-MOST), hasFailed: false }))
      .catch(() => isWanted && setLog((before) => ({ ...before, hasFailed: true })));
    return () => {
      isWanted = false;
      quiet();
      void subscribeLog(client.id, false).catch(() => undefined);
    };
  }, [isOpen]);
  return log;
}

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

function ServerState() {
  const [stats, setStats] = useState<Stats | null>(null);
  useEffect(() => {
    const read = (): void => void fetchStats().then(setStats, () => setStats(null));
    read();
    const timer = setInterval(read, REFRESH);
    return () => clearInterval(timer);
  }, []);
  if (stats === null) return <span className={styles.stats}>{t("help.log.noStats")}</span>;
  const { system, devices } = stats;
  return (
    <dl className={styles.stats}>
      {devices.filter((device) => device.type !== "cpu").map((device, i) => (
        <Memory key={i} name={device.name} title={`${device.name} (${device.type})`} used={device.vram_total - device.vram_free} total={device.vram_total} />
      ))}
      <Memory name={t("help.log.memory")} title={system.os} used={system.ram_total - system.ram_free} total={system.ram_total} />
    </dl>
  );
}

function Memory({ name, title, used, total }: { readonly name: string; readonly title: string; readonly used: number; readonly total: number }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>
        <meter min={0} max={Math.max(1, total)} value={used} high={total * 0.9} aria-label={name} />
        {t("help.log.of", { used: gib(used), total: gib(total) })}
      </dd>
    </div>
  );
}
