/** Bottom left: zoom, fit, minimap. */
import { Panel, useStore } from "@xyflow/react";
import { Map, Maximize, Minus, Plus } from "lucide-react";

import { uiStore } from "@/app/ui";
import { t } from "@/i18n";

import { fitView, zoomBy, zoomReset } from "./viewport";
import styles from "./ZoomBar.module.css";

export function ZoomBar() {
  const percent = useStore((state) => Math.round(state.transform[2] * 100));
  const hasMinimap = uiStore((state) => state.minimap);
  return (
    <Panel position="bottom-left" className={styles.bar ?? ""}>
      <button type="button" aria-label={t("action.zoomOut")} title={t("action.zoomOut")} onClick={() => zoomBy(1 / 1.25)}>
        <Minus size={15} />
      </button>
      <button type="button" className={styles.percent} aria-label={t("action.zoomReset")} title={t("action.zoomReset")} onClick={zoomReset}>
        {percent} %
      </button>
      <button type="button" aria-label={t("action.zoomIn")} title={t("action.zoomIn")} onClick={() => zoomBy(1.25)}>
        <Plus size={15} />
      </button>
      <button type="button" aria-label={t("action.fit")} title={`${t("action.fit")} (F)`} onClick={() => fitView()}>
        <Maximize size={15} />
      </button>
      <button
        type="button"
        aria-label={t("action.minimap")}
        title={t("action.minimap")}
        aria-pressed={hasMinimap}
        onClick={() => uiStore.setState({ minimap: !hasMinimap })}
      >
        <Map size={15} />
      </button>
    </Panel>
  );
}
