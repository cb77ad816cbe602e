/** Workflows that are saved, in their folders, and those that come with the program. */
import { FilePlus2, FolderOpen, LayoutTemplate, Sparkles } from "lucide-react";
import { useEffect, useMemo, useState, type KeyboardEvent } from "react";

import { fetchTemplates, type Template } from "@/api/client";
import { listFiles, type StoredFile } from "@/api/files";
import { t } from "@/i18n";
import { runCommand } from "@/palette/registry";
import { openTemplate } from "@/tabs/files";
import { refreshBookmarks, shelfStore } from "@/tabs/recent";
import { folderTree } from "@/tabs/tree";
import { dialogStyles } from "@/ui/Dialog";
import { IconButton } from "@/ui/IconButton";
import { SearchField } from "@/ui/SearchField";
import { finder } from "@/ui/words";

import { DrawerHead } from "./NodesDrawer";
import styles from "./Panel.module.css";
import { FileRow, FolderRows } from "./WorkflowRows";

const MOST_RECENT = 5;
const stem = (path: string): string => path.replace(/\.json$/, "");
const titleOf = ({ name, title }: Template): string => title ?? stem(name).replaceAll("_", " ");

export function WorkflowsDrawer() {
  const [query, setQuery] = useState("");
  const { files, templates, hasFailed, retry } = useShelf();
  const { recent, bookmarks } = shelfStore();
  const isFound = finder(query);
  const byPath = useMemo(() => new Map(files.map((file) => [file.path, file])), [files]);
  const found = files.filter((file) => isFound(file.path));
  const marked = bookmarks.paths.flatMap((path) => byPath.get(path) ?? []);
  const used = recent.flatMap((path) => byPath.get(path) ?? []).slice(0, MOST_RECENT);
  const examples = templates.filter((item) => isFound(titleOf(item)));
  const isSearching = query.trim() !== "";
  return (
    <>
      <DrawerHead title={t("action.workflows")}>
        <IconButton label={t("tabs.action.new")} onClick={() => runCommand("new")}>
          <FilePlus2 size={15} />
        </IconButton>
        <IconButton label={t("action.open")} onClick={() => runCommand("open")}>
          <FolderOpen size={15} />
        </IconButton>
      </DrawerHead>
      <SearchField className={styles.search} label={t("drawer.searchWorkflows")} query={query} onQuery={setQuery} />
      {/* Keys that move among rows that are themselves buttons. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className={styles.scroll} onKeyDown={moveAmongRows}>
        {hasFailed && (
          <p className={styles.hint} role="alert">
            {t("tabs.drawer.failed")}{" "}
            <button type="button" onClick={retry} className={dialogStyles.secondary}>
              {t("tabs.drawer.retry")}
            </button>
          </p>
        )}
        {!isSearching && <Rows title={t("tabs.drawer.bookmarks")} files={marked} />}
        {!isSearching && files.length > MOST_RECENT && <Rows title={t("tabs.drawer.recent")} files={used} />}
        <h3 className={styles.section}>{t("drawer.saved")}</h3>
        {files.length === 0 && !hasFailed && <p className={styles.hint}>{t("drawer.noSaved")}</p>}
        {isSearching ? found.map((file) => <FileRow key={file.path} file={file} isFull />) : <FolderRows folder={folderTree(files.map((file) => file.path))} files={byPath} />}
        {isSearching && found.length + examples.length === 0 && <p className={styles.hint}>{t("tabs.drawer.nothing", { query: query.trim() })}</p>}
        {examples.length > 0 && <h3 className={styles.section}>{t("drawer.examples")}</h3>}
        {!isSearching && (
          <button type="button" data-row className={styles.row} onClick={() => runCommand("templates")}>
            <LayoutTemplate size={15} />
            <span className={styles.label}>{t("templates.browse")}</span>
          </button>
        )}
        {examples.map((item) => (
          <button key={item.name} type="button" data-row className={styles.row} onClick={() => void openTemplate(item.name)}>
            <Sparkles size={15} />
            <span className={styles.label}>{titleOf(item)}</span>
          </button>
        ))}
      </div>
    </>
  );
}

function Rows({ title, files }: { readonly title: string; readonly files: readonly StoredFile[] }) {
  if (files.length === 0) return null;
  return (
    <>
      <h3 className={styles.section}>{title}</h3>
      {files.map((file) => (
        <FileRow key={file.path} file={file} isFull />
      ))}
    </>
  );
}

interface Shelf {
  readonly files: readonly StoredFile[];
  readonly templates: readonly Template[];
  readonly hasFailed: boolean;
  readonly retry: () => void;
}

/** Read when the drawer opens, and whenever files may have come or gone. */
function useShelf(): Shelf {
  const version = shelfStore((state) => state.version);
  const [tries, setTries] = useState(0);
  const [shelf, setShelf] = useState<Omit<Shelf, "retry">>({ files: [], templates: [], hasFailed: false });
  useEffect(() => {
    let isWanted = true;
    Promise.all([listFiles(), fetchTemplates()])
      .then(async ([{ files, hasBookmarks }, templates]) => {
        if (hasBookmarks) await refreshBookmarks();
        if (isWanted) setShelf({ files, templates, hasFailed: false });
      })
      .catch(() => {
        if (isWanted) setShelf((before) => ({ ...before, hasFailed: true }));
      });
    return () => {
      isWanted = false;
    };
  }, [version, tries]);
  return { ...shelf, retry: () => setTries((count) => count + 1) };
}

/** Up and down go from row to row. */
function moveAmongRows(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target instanceof Element ? event.target.closest("[data-row]") : null;
  if (step === undefined || row === null) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
  const next = rows[rows.indexOf(row as HTMLElement) + step];
  event.preventDefault();
  next?.focus();
}
