/** The file is another one by now: both are shown side by side, and a person decides. */
import { useEffect, useState } from "react";

import { ServerError } from "@/api/client";
import { readFile, type ReadFile } from "@/api/files";
import { t } from "@/i18n";
import type { Doc } from "@/model/types";
import { askForName, dialogStore, type Conflict } from "@/tabs/dialogs";
import { keepMine, takeTheirs } from "@/tabs/saving";
import { fileOf, goToTab } from "@/tabs/store";
import { Dialog, dialogStyles } from "@/ui/Dialog";

import { DiffView, type OnShow } from "./DiffView";
import { asFile, baseOf, showIn, tabDoc } from "./docs";
import styles from "./Versions.module.css";

const close = (): void => dialogStore.setState({ conflict: null });

interface Sides {
  readonly theirs: ReadFile;
  readonly theirDoc: Doc;
  readonly mine: Doc;
  readonly base: Doc | null;
}

type Read = Sides | "reading" | "gone" | "failed";

async function readSides({ tab, etag }: Conflict): Promise<Read> {
  const { path } = fileOf(tab);
  if (etag === null || path === null) return "gone";
  try {
    const theirs = await readFile(path);
    return { theirs, theirDoc: await asFile(theirs.document), mine: tabDoc(tab), base: await baseOf(tab) };
  } catch (error) {
    return error instanceof ServerError && error.status === 404 ? "gone" : "failed";
  }
}

export function ConflictDialog() {
  const conflict = dialogStore((state) => state.conflict);
  const [read, setRead] = useState<Read>("reading");
  useEffect(() => {
    if (conflict === null) return;
    let isWanted = true;
    void readSides(conflict).then((found) => {
      if (isWanted) setRead(found);
    });
    return () => {
      isWanted = false;
    };
  }, [conflict]);
  if (conflict === null) return null;
  const { name, path } = fileOf(conflict.tab);
  const isGone = read === "gone";
  return (
    <Dialog title={t(isGone ? "versions.conflict.gone" : "versions.conflict.title", { name: path ?? name })} description={t(isGone ? "versions.conflict.goneHint" : "versions.conflict.hint")} isOpen wide onClose={close}>
      {read === "reading" && <p className={styles.note}>{t("versions.conflict.loading")}</p>}
      {read === "failed" && <p className={styles.note} role="alert">{t("versions.failed")}</p>}
      {typeof read === "object" && <Comparison sides={read} onShow={(page, node) => { close(); showIn(conflict.tab, page, node); }} />}
      <div className={dialogStyles.actions}>
        <button type="button" className={dialogStyles.secondary} onClick={close}>
          {t("versions.conflict.later")}
        </button>
        <button type="button" className={dialogStyles.secondary} onClick={() => { close(); goToTab(conflict.tab); void askForName(t("tabs.copyOf", { name: path ?? name })); }}>
          {t("versions.conflict.copy")}
        </button>
        {isGone && (
          <button type="button" className={dialogStyles.primary} onClick={() => void keepMine(conflict.tab, null)}>
            {t("versions.conflict.again")}
          </button>
        )}
        {typeof read === "object" && (
          <>
            <button type="button" className={dialogStyles.secondary} title={t("versions.conflict.takeTheirsHint")} onClick={() => void takeTheirs(conflict.tab, read.theirs)}>
              {t("versions.conflict.takeTheirs")}
            </button>
            <button type="button" className={dialogStyles.primary} title={t("versions.conflict.keepMineHint")} onClick={() => void keepMine(conflict.tab, read.theirs.etag)}>
              {t("versions.conflict.keepMine")}
            </button>
          </>
        )}
      </div>
    </Dialog>
  );
}

type Between = "mine" | "iDid" | "theyDid";
const BETWEEN: readonly Between[] = ["mine", "iDid", "theyDid"];

function Comparison({ sides, onShow }: { readonly sides: Sides; readonly onShow: OnShow }) {
  const { theirDoc, mine, base } = sides;
  const [between, setBetween] = useState<Between>("mine");
  const before = between === "mine" ? theirDoc : (base ?? theirDoc);
  const after = between === "theyDid" ? theirDoc : mine;
  return (
    <>
      {base !== null && (
        <div className={styles.choices} role="radiogroup" aria-label={t("versions.conflict.between")}>
          {BETWEEN.map((item) => (
            <label key={item} className={styles.choice} data-checked={between === item || undefined}>
              <input type="radio" name="between" className="visually-hidden" checked={between === item} onChange={() => setBetween(item)} />
              {t(`versions.conflict.${item}`)}
            </label>
          ))}
        </div>
      )}
      <div className={styles.compared}>
        <DiffView before={before} after={after} onShow={onShow} />
      </div>
    </>
  );
}
