/** What the workflow in front lacks, and what can be done about each. */
import { useEffect, useState } from "react";

import { fetchFolderPaths } from "@/api/logs";
import { t } from "@/i18n";
import { Dialog } from "@/ui/Dialog";

import styles from "./Missing.module.css";
import { MissingFiles } from "./MissingFiles";
import { MissingTypes } from "./MissingTypes";
import { countOf } from "./scan";
import { closeMissing, dismiss, missingStore, watchMissing } from "./store";
import { wantReplacements } from "./table";

export function MissingDialog() {
  const isOpen = missingStore((state) => state.isOpen);
  const close = (): void => {
    closeMissing();
    dismiss();
  };
  return (
    <Dialog title={t("missing.title")} description={t("missing.hint")} isOpen={isOpen} wide onClose={close}>
      {isOpen && <Lists />}
    </Dialog>
  );
}

function Lists() {
  const missing = missingStore((state) => state.missing);
  const [folders, setFolders] = useState<Readonly<Record<string, readonly string[]>>>({});
  useEffect(watchMissing, []);
  useEffect(wantReplacements, []);
  useEffect(() => {
    let isWanted = true;
    fetchFolderPaths().then((found) => isWanted && setFolders(found), () => undefined);
    return () => {
      isWanted = false;
    };
  }, []);
  if (countOf(missing) === 0) return <p className={styles.fine}>{t("missing.nothing")}</p>;
  return (
    <div className={styles.lists}>
      <MissingTypes types={missing.types} />
      <MissingFiles title={t("missing.modelsTitle")} files={missing.models} folders={folders} />
      <MissingFiles title={t("missing.mediaTitle")} files={missing.media} folders={folders} />
    </div>
  );
}
