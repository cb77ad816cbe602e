/** Workflows that are saved, and those that come with the program. */
import { FileJson, FilePlus2, FolderOpen, Search, Sparkles, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { deleteSavedFile, fetchSaved, fetchTemplates, type SavedFile, type Template } from "@/api/client";
import { COMMANDS } from "@/app/commands";
import { openSaved, openTemplate } from "@/app/files";
import { sessionStore } from "@/app/session";
import { uiStore } from "@/app/ui";
import { t } from "@/i18n";
import { IconButton } from "@/ui/IconButton";

import { DrawerHead } from "./NodesDrawer";
import styles from "./Panel.module.css";
import { useAsync } from "./useAsync";

const NO_FILES: SavedFile[] = [];
const NO_TEMPLATES: Template[] = [];
const stem = (path: string): string => path.replace(/\.json$/, "");

export function WorkflowsDrawer() {
  const savedDoc = sessionStore((state) => state.savedDoc);
  const [deleted, setDeleted] = useState(0);
  const [query, setQuery] = useState("");
  const saved = useAsync(fetchSaved, NO_FILES, `${deleted}${savedDoc === null}${sessionStore.getState().name}`);
  const templates = useAsync(fetchTemplates, NO_TEMPLATES, 0);
  const isFound = (name: string): boolean => name.toLowerCase().includes(query.trim().toLowerCase());
  const files = saved.filter((file) => !file.path.startsWith(".") && isFound(file.path));
  const remove = (path: string): void => {
    const name = stem(path);
    uiStore.setState({
      confirmation: {
        title: t("drawer.deleteFile", { name }),
        text: name,
        action: t("action.delete"),
        onConfirm: () => void deleteSavedFile(path).then(() => {
          setDeleted((count) => count + 1);
          toast(t("file.deleted", { name }));
        }),
      },
    });
  };
  return (
    <>
      <DrawerHead title={t("action.workflows")}>
        <IconButton label={t("action.new")} onClick={() => COMMANDS.new.run()}>
          <FilePlus2 size={15} />
        </IconButton>
        <IconButton label={t("action.open")} onClick={() => COMMANDS.open.run()}>
          <FolderOpen size={15} />
        </IconButton>
      </DrawerHead>
      <div className={styles.search}>
        <Search size={14} />
        <input aria-label={t("drawer.searchWorkflows")} placeholder={t("drawer.searchWorkflows")} value={query} onChange={(event) => setQuery(event.target.value)} />
      </div>
      <div className={styles.scroll}>
        <h3 className={styles.section}>{t("drawer.saved")}</h3>
        {saved.length === 0 && <p className={styles.hint}>{t("drawer.noSaved")}</p>}
        {files.map((file) => (
          <div key={file.path} className={styles.row}>
            <button type="button" className={styles.fill} onClick={() => void openSaved(file.path)}>
              <FileJson size={15} />
              <span className={styles.label}>{stem(file.path)}</span>
            </button>
            <IconButton label={t("drawer.deleteFile", { name: stem(file.path) })} className={styles.reveal ?? ""} onClick={() => remove(file.path)}>
              <Trash2 size={14} />
            </IconButton>
          </div>
        ))}
        <h3 className={styles.section}>{t("drawer.examples")}</h3>
        {templates.filter((item) => isFound(item.title ?? item.name)).map((item) => (
          <button key={item.name} type="button" className={styles.row} onClick={() => void openTemplate(item.name)}>
            <Sparkles size={15} />
            <span className={styles.label}>{item.title ?? stem(item.name).replaceAll("_", " ")}</span>
          </button>
        ))}
      </div>
    </>
  );
}
