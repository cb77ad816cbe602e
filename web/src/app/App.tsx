/** The room: rail and drawer, top bar, canvas with its results below, inspector. */
import { ReactFlowProvider } from "@xyflow/react";
import { Tooltip } from "radix-ui";
import { Suspense, useEffect } from "react";
import { Toaster } from "sonner";

import { FlowCanvas } from "@/canvas/FlowCanvas";
import { t } from "@/i18n";
import { GalleryStrip } from "@/panels/GalleryStrip";
import { runtimeStore } from "@/runtime/store";
import { languageStore } from "@/settings/language";
import { later } from "@/ui/later";

import styles from "./App.module.css";
import { ConnectionBanner } from "./ConnectionBanner";
import { Rail } from "./Rail";
import { sessionStore } from "./session";
import { TopBar } from "./TopBar";
import { uiStore } from "./ui";

const DRAWERS = {
  nodes: later(() => import("@/panels/NodesDrawer"), "NodesDrawer"),
  workflows: later(() => import("@/panels/WorkflowsDrawer"), "WorkflowsDrawer"),
  queue: later(() => import("@/panels/JobsDrawer"), "JobsDrawer"),
};
const FindBar = later(() => import("@/find/FindBar"), "FindBar");
const Inspector = later(() => import("@/panels/Inspector"), "Inspector");
/** What opens over the room; each draws nothing until it is asked for. */
const OVERLAYS = [
  later(() => import("@/palette/Palette"), "Palette"),
  later(() => import("@/panels/Lightbox"), "Lightbox"),
  later(() => import("./Dialogs"), "SaveDialog"),
  later(() => import("./Dialogs"), "ConfirmDialog"),
  later(() => import("./Dialogs"), "ShortcutsDialog"),
  later(() => import("@/settings/SettingsDialog"), "SettingsDialog"),
];

export function App() {
  const drawer = uiStore((state) => state.drawer);
  const hasInspector = uiStore((state) => state.inspector);
  const isReady = sessionStore((state) => state.ready);
  const Drawer = drawer === null ? null : DRAWERS[drawer];
  const language = languageStore((state) => state.id);
  useTabTitle();
  return (
    <Tooltip.Provider delayDuration={400}>
      <div className={styles.app} key={language}>
        <TopBar />
        <Rail />
        {Drawer !== null && (
          <aside className={styles.drawer}>
            <Suspense fallback={<p className={styles.loading}>{t("app.opening")}</p>}>
              <Drawer />
            </Suspense>
          </aside>
        )}
        <main className={styles.center}>
          <ConnectionBanner />
          <div className={styles.canvas}>
            <ReactFlowProvider>
              <FlowCanvas />
            </ReactFlowProvider>
            {isReady && (
              <Suspense fallback={null}>
                <FindBar />
              </Suspense>
            )}
            {!isReady && <p className={styles.loading}>{t("app.loading")}</p>}
          </div>
          <GalleryStrip />
        </main>
        {hasInspector && (
          <Suspense fallback={<aside className={styles.drawer} />}>
            <Inspector />
          </Suspense>
        )}
      </div>
      {isReady && (
        <Suspense fallback={null}>
          {OVERLAYS.map((Overlay, i) => (
            <Overlay key={i} />
          ))}
        </Suspense>
      )}
      <Toaster position="bottom-right" offset={{ bottom: 128, right: 20 }} className={styles.toaster ?? ""} toastOptions={{ classNames: { toast: styles.toast ?? "", description: styles.toastText ?? "", actionButton: styles.toastAction ?? "" } }} />
    </Tooltip.Provider>
  );
}

/** The tab tells how far the run is. */
function useTabTitle(): void {
  const name = sessionStore((state) => state.name);
  const percent = runtimeStore((state) => (state.run === null ? null : Math.round(state.progress * 100)));
  useEffect(() => {
    const title = name === "" ? t("app.name") : `${name} · ${t("app.name")}`;
    document.title = percent === null ? title : `${percent} % · ${title}`;
  }, [name, percent]);
}
