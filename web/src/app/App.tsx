/** The room: rail and drawer, top bar, canvas with its results below, inspector. */
import { Tooltip } from "radix-ui";
import { Suspense } from "react";
import { Toaster } from "sonner";

import { appStore } from "@/appmode/store";
import { MaskEditorHost } from "@/mask/MaskEditorHost";
import { galleryView } from "@/gallery/view";
import { t } from "@/i18n";
import { useRunSigns } from "@/jobs/signs";
import { ConnectionBanner } from "@/panels/ConnectionBanner";
import { consoleStore } from "@/panels/console";
import { profileStore } from "@/profile/store";
import { sessionStore } from "@/session/store";
import { uiStore } from "@/session/ui";
import { languageStore } from "@/settings/language";
import { later } from "@/ui/later";

import styles from "./App.module.css";
import { PANELS } from "./panels";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

const CanvasRoom = later(() => import("@/canvas/CanvasRoom"), "CanvasRoom");
const GalleryStrip = later(() => import("@/gallery/GalleryStrip"), "GalleryStrip");
const EditingBar = later(() => import("@/jobs/EditingBar"), "EditingBar");
const SetupHost = later(() => import("@/presets/SetupHost"), "SetupHost");
const SweepHost = later(() => import("@/sweeps/SweepHost"), "SweepHost");
const FindBar = later(() => import("@/find/FindBar"), "FindBar");
const GalleryRoom = later(() => import("@/gallery/GalleryRoom"), "GalleryRoom");
const ProfilePanel = later(() => import("@/profile/ProfilePanel"), "ProfilePanel");
const PropertiesPanel = later(() => import("@/properties/PropertiesPanel"), "PropertiesPanel");
const AppRoom = later(() => import("@/appmode/AppRoom"), "AppRoom");
const AppBuilder = later(() => import("@/appmode/AppBuilder"), "AppBuilder");
const ConsolePanel = later(() => import("@/panels/ConsolePanel"), "ConsolePanel");
const EmptyCanvas = later(() => import("@/templates/EmptyCanvas"), "EmptyCanvas");
const MissingBar = later(() => import("@/missing/MissingBar"), "MissingBar");
/** What lies over the canvas, each only where there is something to say. */
/** Leads to the messages; the library's own key, Alt+T, is that of a new workflow. */
const TOAST_KEY = ["F8"];

const OVER_CANVAS = [FindBar, EmptyCanvas, MissingBar, EditingBar, SetupHost, SweepHost];
/** What opens over the room; each draws nothing until it is asked for. */
const OVERLAYS = [
  later(() => import("@/palette/Palette"), "Palette"),
  later(() => import("@/gallery/Lightbox"), "Lightbox"),
  later(() => import("@/chooser/ChooserDialog"), "ChooserDialog"),
  later(() => import("./Dialogs"), "SaveDialog"),
  later(() => import("./Dialogs"), "ConfirmDialog"),
  later(() => import("@/palette/ShortcutsDialog"), "ShortcutsDialog"),
  later(() => import("@/settings/SettingsDialog"), "SettingsDialog"),
  later(() => import("@/templates/TemplatesDialog"), "TemplatesDialog"),
  later(() => import("@/missing/MissingDialog"), "MissingDialog"),
];

export function App() {
  const isReady = sessionStore((state) => state.ready);
  const isApp = appStore((state) => state.isOpen);
  const language = languageStore((state) => state.id);
  useRunSigns();
  return (
    <Tooltip.Provider delayDuration={400}>
      {isApp ? (
        <Suspense key={language} fallback={<p className={styles.loading}>{t("app.opening")}</p>}>
          <AppRoom />
        </Suspense>
      ) : (
        <Room key={language} />
      )}
      {isReady &&
        OVERLAYS.map((Overlay, i) => (
          <Suspense key={i} fallback={null}>
            <Overlay />
          </Suspense>
        ))}
      <MaskEditorHost />
      <Toaster position="bottom-right" hotkey={TOAST_KEY} offset={{ bottom: "8rem", right: "1.25rem" }} className={styles.toaster ?? ""} toastOptions={{ classNames: { toast: styles.toast ?? "", description: styles.toastText ?? "", actionButton: styles.toastAction ?? "" } }} />
    </Tooltip.Provider>
  );
}

function Room() {
  const drawer = uiStore((state) => state.drawer);
  const hasInspector = uiStore((state) => state.inspector);
  const isReady = sessionStore((state) => state.ready);
  const isGallery = galleryView((state) => state.isOpen);
  const hasProfile = profileStore((state) => state.isOpen);
  const hasConsole = consoleStore((state) => state.tab !== null);
  const isBuilding = appStore((state) => state.isBuilding);
  const Drawer = PANELS.find(({ id }) => id === drawer)?.Body ?? null;
  return (
    <div className={styles.app}>
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
          <Suspense fallback={null}>
            <CanvasRoom />
          </Suspense>
          {!isReady && <p className={styles.loading}>{t("app.loading")}</p>}
          {isReady &&
            OVER_CANVAS.map((Part, i) => (
              <Suspense key={i} fallback={null}>
                <Part />
              </Suspense>
            ))}
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
        {isReady && hasConsole && !isGallery && (
          <Suspense fallback={null}>
            <ConsolePanel />
          </Suspense>
        )}
        {!isGallery && (
          <Suspense fallback={null}>
            <GalleryStrip />
          </Suspense>
        )}
      </main>
      {(isBuilding || hasInspector) && <Suspense fallback={<aside className={styles.drawer} />}>{isBuilding ? <AppBuilder /> : <PropertiesPanel />}</Suspense>}
    </div>
  );
}
