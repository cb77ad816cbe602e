/** The earlier contents of a saved workflow: looked at, compared, named, brought back. */
import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useMemo, useState } from "react";
import { toast } from "sonner";

import { listVersions, type Version } from "@/api/versions";
import { t } from "@/i18n";
import { diffDocs } from "@/model/diff";
import { transactWhole } from "@/model/document";
import type { Doc } from "@/model/types";
import { dialogStore } from "@/tabs/dialogs";
import { addDoc, fileOf, freshName, goToTab, type TabId } from "@/tabs/store";
import { dialogStyles } from "@/ui/Dialog";
import { useOpener } from "@/ui/opener";

import { DiffView } from "./DiffView";
import { readVersionDoc, showIn, tabDoc } from "./docs";
import { Drawing } from "./Drawing";
import { LabelField } from "./LabelField";
import { VersionList } from "./VersionList";
import styles from "./Versions.module.css";
import { whenOf } from "./when";

const close = (): void => dialogStore.setState({ versions: null });

/** The canvas itself, among the things to compare with. */
const NOW = "now";
const BEFORE = "before";

export function VersionsDialog() {
  const tab = dialogStore((state) => state.versions);
  return tab === null ? null : <Versions tab={tab} />;
}

function Versions({ tab }: { readonly tab: string }) {
  const { name, path } = fileOf(tab);
  const back = useOpener();
  return (
    <Dialog.Root open onOpenChange={(open) => { if (!open) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className={dialogStyles.overlay} />
        <Dialog.Content className={styles.dialog} {...back}>
          <header className={styles.head}>
            <Dialog.Title className={dialogStyles.title}>{t("versions.title", { name: path ?? name })}</Dialog.Title>
            <Dialog.Description className={styles.hint}>{t("versions.hint")}</Dialog.Description>
            <Dialog.Close className={dialogStyles.close} aria-label={t("action.close")}>
              <X size={16} />
            </Dialog.Close>
          </header>
          {path === null ? <p className={styles.note}>{t("versions.unsaved")}</p> : <Body tab={tab} path={path} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

type Found = readonly Version[] | "reading" | "failed";

function Body({ tab, path }: { readonly tab: TabId; readonly path: string }) {
  const [found, setFound] = useState<Found>("reading");
  const [asked, setAsked] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => {
    let isWanted = true;
    listVersions(path)
      .catch(() => "failed" as const)
      .then((versions) => {
        if (isWanted) setFound(versions);
      });
    return () => {
      isWanted = false;
    };
  }, [path, asked]);
  if (found === "reading") return <p className={styles.note}>{t("versions.conflict.loading")}</p>;
  if (found === "failed")
    return (
      <p className={styles.note} role="alert">
        {t("versions.failed")}{" "}
        <button type="button" className={dialogStyles.secondary} onClick={() => setAsked(asked + 1)}>
          {t("versions.retry")}
        </button>
      </p>
    );
  const version = found.find((item) => item.id === chosen) ?? found[0];
  if (version === undefined) return <p className={styles.note}>{t("versions.empty")}</p>;
  const relabel = (id: string, label: string | null): void => setFound(found.map((item) => (item.id === id ? { ...item, label } : item)));
  return (
    <div className={styles.body}>
      <VersionList versions={found} chosen={version.id} onChoose={setChosen} />
      <Detail key={version.id} tab={tab} path={path} versions={found} version={version} onLabel={(label) => relabel(version.id, label)} />
    </div>
  );
}

interface DetailProps {
  readonly tab: TabId;
  readonly path: string;
  readonly versions: readonly Version[];
  readonly version: Version;
  readonly onLabel: (label: string | null) => void;
}

function Detail({ tab, path, versions, version, onLabel }: DetailProps) {
  const [other, setOther] = useState(NOW);
  const index = versions.indexOf(version);
  const against = other === BEFORE ? versions[index + 1] : versions.find((item) => item.id === other);
  const now = useMemo(() => tabDoc(tab), [tab]);
  const doc = useVersion(path, version.id);
  const read = useVersion(path, against?.id ?? null);
  const compared = other === NOW ? now : read;
  // Always from the older to the newer.
  const isOlder = against !== undefined && against.saved < version.saved;
  const [before, after] = isOlder ? [compared, doc] : [doc, compared];
  const marked = useMemo(() => markedIn(doc, before, after), [doc, before, after]);
  return (
    <div className={styles.detail}>
      <div className={styles.tools}>
        <LabelField path={path} version={version} onLabel={onLabel} />
        <button type="button" className={dialogStyles.secondary} disabled={doc === null} onClick={() => { if (doc !== null) openAsTab(tab, version, doc); }}>
          {t("versions.openTab")}
        </button>
        <button type="button" className={dialogStyles.primary} disabled={doc === null} onClick={() => { if (doc !== null) restore(tab, version, doc); }}>
          {t("versions.restore")}
        </button>
      </div>
      {doc !== null && <Drawing doc={doc} marked={marked} />}
      {doc === null && <p className={styles.drawing}>{t("versions.conflict.loading")}</p>}
      <label className={styles.compare}>
        {t("versions.compare")}
        <select value={other} onChange={(event) => setOther(event.target.value)}>
          <option value={NOW}>{t("versions.now")}</option>
          {index < versions.length - 1 && <option value={BEFORE}>{t("versions.before")}</option>}
          {versions.filter((item) => item !== version).map((item) => (
            <option key={item.id} value={item.id}>
              {item.label ?? whenOf(item.saved)}
            </option>
          ))}
        </select>
      </label>
      <div className={styles.compared}>{before !== null && after !== null && <DiffView before={before} after={after} onShow={(page, node) => { close(); showIn(tab, page, node); }} />}</div>
    </div>
  );
}

/** A version's document; null while it is read, or when there is none to read. */
function useVersion(path: string, id: string | null): Doc | null {
  const [read, setRead] = useState<{ readonly id: string; readonly doc: Doc } | null>(null);
  useEffect(() => {
    if (id === null) return;
    let isWanted = true;
    readVersionDoc(path, id)
      .then((doc) => {
        if (isWanted) setRead({ id, doc });
      })
      .catch(() => {
        if (isWanted) toast.error(t("versions.failed"));
      });
    return () => {
      isWanted = false;
    };
  }, [path, id]);
  return read !== null && read.id === id ? read.doc : null;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Nodes of the drawing that the other side has otherwise. */
function markedIn(doc: Doc | null, before: Doc | null, after: Doc | null): ReadonlySet<string> {
  if (doc === null || before === null || after === null) return NOTHING;
  const { nodes, links } = diffDocs(before, after);
  return new Set([...nodes.map((node) => node.id), ...links.map((link) => link.to)].filter((id) => doc.nodes[id] !== undefined));
}

function restore(tab: TabId, version: Version, doc: Doc): void {
  goToTab(tab);
  transactWhole("versions.restored", () => doc);
  close();
  toast.success(t("versions.restoredToast", { when: whenOf(version.saved) }));
}

function openAsTab(tab: TabId, version: Version, doc: Doc): void {
  const { name } = fileOf(tab);
  close();
  addDoc(doc, { name: freshName(version.label ?? t("versions.tabName", { name, when: whenOf(version.saved) })), dirtyDraft: true });
}
