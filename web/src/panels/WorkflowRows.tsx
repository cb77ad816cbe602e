/** Rows of saved workflows: files with what can be done with them, folders that fold. */
import { ChevronDown, ChevronRight, Ellipsis, FileJson, Star } from "lucide-react";
import { ContextMenu, DropdownMenu } from "radix-ui";
import { useState, type KeyboardEvent } from "react";
import { toast } from "sonner";

import { readFile, type StoredFile } from "@/api/files";
import { openJson } from "@/formats/open";
import { t } from "@/i18n";
import { serverDefs, sessionStore } from "@/session/store";
import { dialogStore } from "@/tabs/dialogs";
import { openSaved } from "@/tabs/files";
import { leafOf, removeFile } from "@/tabs/moving";
import { refuse } from "@/tabs/opening";
import { shelfStore, toggleBookmark } from "@/tabs/recent";
import { addDoc, freshName, tabStore } from "@/tabs/store";
import type { Folder } from "@/tabs/tree";
import { IconButton } from "@/ui/IconButton";
import menu from "@/ui/Menu.module.css";
import { whenOf } from "@/versions/when";

import styles from "./Panel.module.css";

interface RowProps {
  readonly file: StoredFile;
  /** With its folders in front. */
  readonly isFull?: boolean;
}

export function FileRow({ file, isFull = false }: RowProps) {
  const { path } = file;
  const isFront = sessionStore((state) => state.path === path);
  const isOpen = tabStore((state) => state.tabs.some((tab) => tab.id !== state.front && tab.file.path === path)) || isFront;
  const isMarked = shelfStore((state) => state.bookmarks.paths.includes(path));
  const name = isFull ? path : leafOf(path);
  const actions = actionsFor(path, isMarked);
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>
        <div className={styles.row}>
          <button type="button" data-row className={styles.fill} title={`${path} · ${t("tabs.drawer.modified", { when: whenOf(file.modified * 1000) })}`} onClick={() => void openSaved(path)} onKeyDown={(event) => onKeyDown(event, path)}>
            <FileJson size={15} />
            <span className={styles.label}>{name}</span>
            {isOpen && <span className={styles.count}>{t("tabs.drawer.isOpen")}</span>}
            {isMarked && <Star size={12} fill="currentColor" aria-label={t("tabs.drawer.bookmark")} />}
          </button>
          <DropdownMenu.Root modal={false}>
            <DropdownMenu.Trigger asChild>
              <IconButton label={t("tabs.drawer.more", { name: path })} className={styles.reveal ?? ""}>
                <Ellipsis size={14} />
              </IconButton>
            </DropdownMenu.Trigger>
            <DropdownMenu.Portal>
              <DropdownMenu.Content className={menu.menu} align="end" sideOffset={4} collisionPadding={8}>
                {actions.map(({ label, isDanger, run }) => (
                  <DropdownMenu.Item key={label} className={menu.item} data-danger={isDanger || undefined} onSelect={run}>
                    {label}
                  </DropdownMenu.Item>
                ))}
              </DropdownMenu.Content>
            </DropdownMenu.Portal>
          </DropdownMenu.Root>
        </div>
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className={menu.menu} collisionPadding={8}>
          {actions.map(({ label, isDanger, run }) => (
            <ContextMenu.Item key={label} className={menu.item} data-danger={isDanger || undefined} onSelect={run}>
              {label}
            </ContextMenu.Item>
          ))}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

interface Action {
  readonly label: string;
  readonly isDanger?: boolean;
  readonly run: () => void;
}

function actionsFor(path: string, isMarked: boolean): readonly Action[] {
  return [
    { label: t("tabs.drawer.open"), run: () => void openSaved(path) },
    { label: t("tabs.drawer.duplicate"), run: () => void openCopy(path) },
    { label: t(isMarked ? "tabs.drawer.unbookmark" : "tabs.drawer.bookmark"), run: () => void mark(path) },
    { label: t("tabs.drawer.rename"), run: () => dialogStore.setState({ moving: path }) },
    { label: t("tabs.drawer.history"), run: () => void openHistory(path) },
    { label: t("tabs.drawer.delete"), isDanger: true, run: () => void removeFile(path) },
  ];
}

async function mark(path: string): Promise<void> {
  await toggleBookmark(path).catch((error: unknown) => toast.error(t("tabs.file.bookmarkFailed"), { description: error instanceof Error ? error.message : "" }));
}

async function openCopy(path: string): Promise<void> {
  try {
    const { document } = await readFile(path);
    addDoc(await openJson(document, serverDefs()), { name: freshName(t("tabs.copyOf", { name: leafOf(path) })), dirtyDraft: true });
  } catch (error) {
    refuse(path, error);
  }
}

/** Versions are compared with what is open. */
async function openHistory(path: string): Promise<void> {
  const versions = await openSaved(path);
  if (versions !== null) dialogStore.setState({ versions });
}

function onKeyDown(event: KeyboardEvent, path: string): void {
  if (event.key === "Delete") void removeFile(path);
  else if (event.key === "F2") dialogStore.setState({ moving: path });
  else return;
  event.preventDefault();
}

interface FolderProps {
  readonly folder: Folder;
  readonly files: ReadonlyMap<string, StoredFile>;
}

export function FolderRows({ folder, files }: FolderProps) {
  return (
    <>
      {folder.folders.map((inner) => (
        <FolderRow key={inner.path} folder={inner} files={files} />
      ))}
      {folder.files.flatMap((path) => {
        const file = files.get(path);
        return file === undefined ? [] : [<FileRow key={path} file={file} />];
      })}
    </>
  );
}

function FolderRow({ folder, files }: FolderProps) {
  const [isOpen, setOpen] = useState(() => sessionStore.getState().path?.startsWith(`${folder.path}/`) === true);
  const Fold = isOpen ? ChevronDown : ChevronRight;
  return (
    <div>
      <button
        type="button"
        data-row
        className={styles.row}
        aria-expanded={isOpen}
        aria-label={t("tabs.drawer.folder", { name: folder.path })}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key === "ArrowRight") setOpen(true);
          else if (event.key === "ArrowLeft") setOpen(false);
        }}
      >
        <Fold size={14} />
        <span className={styles.label}>{folder.name}</span>
        <span className={styles.count}>{countIn(folder)}</span>
      </button>
      {isOpen && (
        <div className={styles.children}>
          <FolderRows folder={folder} files={files} />
        </div>
      )}
    </div>
  );
}

const countIn = ({ files, folders }: Folder): number => files.length + folders.reduce((sum, inner) => sum + countIn(inner), 0);
