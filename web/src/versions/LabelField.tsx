/** The name of a version: with one it is kept for ever. */
import { useState } from "react";
import { toast } from "sonner";

import { labelVersion, type Version } from "@/api/versions";
import { t } from "@/i18n";

import styles from "./Versions.module.css";

const LONGEST = 200;

interface Props {
  readonly path: string;
  readonly version: Version;
  readonly onLabel: (label: string | null) => void;
}

export function LabelField({ path, version, onLabel }: Props) {
  const [text, setText] = useState(version.label ?? "");
  const keep = async (): Promise<void> => {
    const label = text.trim() === "" ? null : text.trim();
    if (label === (version.label ?? null)) return;
    try {
      await labelVersion(path, version.id, label);
      onLabel(label);
    } catch (error) {
      toast.error(t("versions.labelFailed"), { description: error instanceof Error ? error.message : "" });
    }
  };
  return (
    <input
      className={styles.label}
      value={text}
      maxLength={LONGEST}
      aria-label={t("versions.label")}
      placeholder={t("versions.labelHint")}
      autoComplete="off"
      onChange={(event) => setText(event.target.value)}
      onBlur={() => void keep()}
      onKeyDown={(event) => {
        if (event.key === "Enter") void keep();
      }}
    />
  );
}
