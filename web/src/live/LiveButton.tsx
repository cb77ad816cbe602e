/** The switch of live mode, with a quiet word when something is wrong. */
import { Radio } from "lucide-react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { useChord } from "@/palette/bindings";
import { runCommand } from "@/palette/registry";
import { IconButton } from "@/ui/IconButton";

import styles from "./LiveButton.module.css";
import { liveStore } from "./store";

export function LiveButton() {
  const tab = liveStore((state) => state.tab);
  const problem = liveStore((state) => state.problem);
  const isHere = documentStore((state) => state.tab === tab);
  const isOn = tab !== null;
  const chord = useChord("live");
  const label = !isOn ? t("live.turnOn") : problem !== null ? t("live.problem", { problem: problem === "" ? t("live.failed") : problem }) : t(isHere ? "live.turnOff" : "live.elsewhere");
  return (
    <IconButton label={label} chord={chord} aria-pressed={isOn} className={styles.button ?? ""} data-live={isOn || undefined} data-testid="live" onClick={() => runCommand("live")}>
      <Radio size={16} />
      {problem !== null && <span className={styles.dot} />}
    </IconButton>
  );
}
