/** Says that the server is away, and when it will be tried again. */
import { WifiOff } from "lucide-react";

import { t } from "@/i18n";
import { reconnect } from "@/runtime/connection";
import { runtimeStore } from "@/runtime/store";

import styles from "./ConnectionBanner.module.css";

export function ConnectionBanner() {
  const isLost = runtimeStore((state) => state.connection === "lost");
  const retryIn = runtimeStore((state) => state.retryIn);
  if (!isLost) return null;
  return (
    <div className={styles.banner} role="alert">
      <WifiOff size={15} />
      <span>{t("run.lost", { seconds: Math.max(1, Math.round(retryIn / 1000)) })}</span>
      <button type="button" onClick={reconnect}>
        {t("run.retry")}
      </button>
    </div>
  );
}
