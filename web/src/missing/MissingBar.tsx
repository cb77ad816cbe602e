/** Says above the canvas what an opened workflow lacks, and leads to it. */
import { TriangleAlert, X } from "lucide-react";
import { useEffect } from "react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { IconButton } from "@/ui/IconButton";

import styles from "./Missing.module.css";
import { countOf, type Missing } from "./scan";
import { dismiss, missingStore, openMissing, watchMissing } from "./store";

export function summary({ types, models, media }: Missing): string {
  const parts = [
    ...(types.length === 0 ? [] : [t("missing.types", { count: types.length })]),
    ...(models.length === 0 ? [] : [t("missing.models", { count: models.length })]),
    ...(media.length === 0 ? [] : [t("missing.media", { count: media.length })]),
  ];
  return parts.join(", ");
}

export function MissingBar() {
  const { missing, seen } = missingStore();
  const tab = documentStore((state) => state.tab);
  useEffect(watchMissing, []);
  if (countOf(missing) === 0 || seen.has(tab)) return null;
  return (
    <div className={styles.bar} role="status" data-testid="missing-bar">
      <TriangleAlert size={15} aria-hidden />
      <span>{t("missing.notice", { what: summary(missing) })}</span>
      <button type="button" onClick={openMissing}>
        {t("missing.look")}
      </button>
      <IconButton label={t("missing.dismiss")} onClick={dismiss}>
        <X size={14} />
      </IconButton>
    </div>
  );
}
