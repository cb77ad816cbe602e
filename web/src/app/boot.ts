/** From nothing to a canvas with a workflow on it. */
import { toast } from "sonner";

import { fetchDefinitions, fetchGallery, fetchTemplate } from "@/api/client";
import { connectSocket } from "@/api/socket";
import { watchApp } from "@/appmode/store";
import { showExecuted } from "@/canvas/viewport";
import { openJson } from "@/formats/open";
import type { NodeDefs } from "@/formats/definitions";
import { t } from "@/i18n";
import { bringWithChanges, currentTab } from "@/model/document";
import { withSubgraphs } from "@/model/definitions";
import { settledPages } from "@/model/graphs";
import { reconciled } from "@/model/reconcile";
import { settled } from "@/model/settle";
import { followed } from "@/model/tracks";
import { tell } from "@/panels/console";
import { onMessage, onPreview } from "@/runtime/events";
import { claimClientId } from "@/runtime/client";
import { holdConnection } from "@/runtime/connection";
import { watchCorrections } from "@/runtime/corrections";
import { nodeTitle } from "@/runtime/queue";
import { recallJobs, runtimeStore } from "@/runtime/store";
import { serverDefs, sessionStore } from "@/session/store";
import { watchAppearance } from "@/settings/appearance";
import { watchLanguage } from "@/settings/language";
import { loadSettings } from "@/settings/store";
import { watchAutosave } from "@/tabs/autosave";
import { keepDrafts } from "@/tabs/drafts";
import { openNamed } from "@/tabs/files";
import { restoreTabs } from "@/tabs/restore";
import { addDoc, newTab, tabStore } from "@/tabs/store";

import "./commands";
import { FOLLOWERS } from "./followers";
import { listen } from "./keyboard";

const DEFAULT = "text_to_image.json";
const RETRY = 1500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function boot(): Promise<void> {
  watchAppearance();
  watchLanguage();
  bringWithChanges({
    page: (after, before) => settled(after, before, withSubgraphs(serverDefs(), after.subgraphs)),
    whole: (after, before) => settledPages(reconciled(after, before, serverDefs()), before, serverDefs()),
    follow: (after, before, moves) => followed(after, before, moves, FOLLOWERS),
  });
  recallJobs();
  const socket = connectSocket(await claimClientId(), {
    onMessage: (type, data) => {
      tell(type, data);
      onMessage(type, data, { onError: announceError });
    },
    onPreview,
    onOpen: () => {
      if (runtimeStore.getState().connection === "lost") toast.success(t("run.back"), { duration: 2000 });
      runtimeStore.setState({ connection: "open" });
      void refreshGallery();
    },
    onLost: (retryIn) => runtimeStore.setState({ connection: "lost", retryIn }),
  });
  holdConnection(socket);
  void loadSettings();
  sessionStore.setState({ defs: await definitions() });
  const owner = await restoreTabs();
  await openAsked();
  if (tabStore.getState().tabs.length === 0) await openDefault();
  keepDrafts(owner);
  watchAutosave();
  watchCorrections();
  listen();
  watchApp(window.location.href);
  void import("./nodeTexts").then(({ watchNodeTexts }) => watchNodeTexts());
  void import("@/panels/shelf").then(({ watchRecent }) => watchRecent());
  sessionStore.setState({ ready: true });
}

/** The server may still be starting: the canvas waits for it. */
async function definitions(): Promise<NodeDefs> {
  for (;;) {
    const defs = await fetchDefinitions().catch(() => null);
    if (defs !== null && Object.keys(defs).length > 0) return defs;
    await pause(RETRY);
  }
}

async function openDefault(): Promise<void> {
  try {
    addDoc(await openJson(await fetchTemplate(DEFAULT), serverDefs()), {});
  } catch {
    newTab();
  }
}

/** `?workflow=name` opens a workflow once; a reload shows the tabs as they were. */
async function openAsked(): Promise<void> {
  const address = new URL(window.location.href);
  const name = address.searchParams.get("app") ?? address.searchParams.get("workflow");
  if (name === null || name === "") return;
  await openNamed(name);
  address.searchParams.delete("workflow");
  window.history.replaceState(null, "", address);
}

async function refreshGallery(): Promise<void> {
  const gallery = await fetchGallery().catch(() => []);
  if (gallery.length > 0) runtimeStore.setState({ gallery });
}

function announceError(tab: string, node: string, type: string, message: string): void {
  const isShown = tab === currentTab();
  const title = isShown ? nodeTitle(node) : type;
  const action = isShown ? { action: { label: t("run.show"), onClick: () => showExecuted(node) } } : {};
  toast.error(t("run.failed", { title }), { description: message, duration: 10_000, ...action });
}
