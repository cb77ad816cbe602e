/** The room: rail and drawer, top bar, canvas with its results below, inspector. */
import { ReactFlowProvider } from "@xyflow/react";
import { Tooltip } from "radix-ui";
import { Suspense } from "react";
import { Toaster } from "sonner";

import { FlowCanvas } from "@/canvas/FlowCanvas";
import { MaskEditorHost } from "@/mask/MaskEditorHost";
import { GalleryStrip } from "@/gallery/GalleryStrip";
import { galleryView } from "@/gallery/view";
import { t } from "@/i18n";
import { EditingBar } from "@/jobs/EditingBar";
import { useRunSigns } from "@/jobs/signs";
import { profileStore } from "@/profile/store";
import { languageStore } from "@/settings/language";
import { later } from "@/ui/later";

import styles from "./App.module.css";
import { ConnectionBanner } from "./ConnectionBanner";
import { PANELS } from "./panels";
import { Rail } from "./Rail";
import { sessionStore } from "./session";
import { TopBar } from "./TopBar";
import { uiStore } from "./ui";

const FindBar = later(() => import("@/find/FindBar"), "FindBar");
const GalleryRoom = later(() => import("@/gallery/GalleryRoom"), "GalleryRoom");
const ProfilePanel = later(() => import("@/profile/ProfilePanel"), "ProfilePanel");
const Inspector = later(() => import("@/panels/Inspector"), "Inspector");
/** What opens over the room; each draws nothing until it is asked for. */
const OVERLAYS = [
  later(() => import("@/palette/Palette"), "Palette"),
  later(() => import("@/gallery/Lightbox"), "Lightbox"),
  later(() => import("@/chooser/ChooserDialog"), "ChooserDialog"),
  later(() => import("./Dialogs"), "SaveDialog"),
  later(() => import("./Dialogs"), "ConfirmDialog"),
  later(() => import("@/palette/ShortcutsDialog"), "ShortcutsDialog"),
  later(() => import("@/settings/SettingsDialog"), "SettingsDialog"),
];

export function App() {
  const drawer = uiStore((state) => state.drawer);
  const hasInspector = uiStore((state) => state.inspector);
  const isReady = sessionStore((state) => state.ready);
  const isGallery = galleryView((state) => state.isOpen);
  const hasProfile = profileStore((state) => state.isOpen);
  const Drawer = PANELS.find(({ id }) => id === drawer)?.Body ?? null;
  const language = languageStore((state) => state.id);
  useRunSigns();
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
            {isReady && <EditingBar />}
            {isReady && isGallery && (
              <Suspense fallback={<p className={styles.loading}>{t("app.opening")}</p>}>
                <GalleryRoom />
              </Suspense>
            )}
          </div>
          {isReady && hasProfile && !isGallery && (
            <Suspense fallback={null}>
              <ProfilePanel />
            </Suspense>
          )}
          {!isGallery && <GalleryStrip />}
        </main>
        {hasInspector && (
          <Suspense fallback={<aside className={styles.drawer} />}>
            <Inspector />
          </Suspense>
        )}
      </div>
      {isReady &&
        OVERLAYS.map((Overlay, i) => (
          <Suspense key={i} fallback={null}>
            <Overlay />
          </Suspense>
        ))}
      <MaskEditorHost />
      <Toaster position="bottom-right" offset={{ bottom: 128, right: 20 }} className={styles.toaster ?? ""} toastOptions={{ classNames: { toast: styles.toast ?? "", description: styles.toastText ?? "", actionButton: styles.toastAction ?? "" } }} />
    </Tooltip.Provider>
  );
}
