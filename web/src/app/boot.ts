/** From nothing to a canvas with a workflow on it. */
import { toast } from "sonner";

import { fetchDefinitions, fetchGallery, fetchTemplate } from "@/api/client";
import { connectSocket, type Connection } from "@/api/socket";
import { showNode } from "@/canvas/viewport";
import { openJson } from "@/formats/open";
import type { NodeDefs } from "@/formats/definitions";
import { t } from "@/i18n";
import { bringWithChanges, currentDoc } from "@/model/document";
import { settled } from "@/model/settle";
import { EMPTY_DOC } from "@/model/types";
import { onMessage, onPreview } from "@/runtime/events";
import { runtimeStore } from "@/runtime/store";

import { keepDrafts, restoreDraft } from "./drafts";
import { show } from "./files";
import { listen } from "./keyboard";
import { clientId, currentDefs, sessionStore, titleOf } from "./session";
import { watchTheme } from "./ui";

const DEFAULT = "text_to_image.json";
const RETRY = 1500;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let connection: Connection | null = null;
export const reconnect = (): void => connection?.retryNow();

export async function boot(): Promise<void> {
  watchTheme();
  bringWithChanges((after, before) => settled(after, before, currentDefs()));
  connection = connectSocket(clientId, {
    onMessage: (type, data) => onMessage(type, data, { onError: announceError }),
    onPreview,
    onOpen: () => {
      if (runtimeStore.getState().connection === "lost") toast.success(t("run.back"), { duration: 2000 });
      runtimeStore.setState({ connection: "open" });
      void refreshGallery();
    },
    onLost: (retryIn) => runtimeStore.setState({ connection: "lost", retryIn }),
  });
  sessionStore.setState({ defs: await definitions() });
  if (!(await restoreDraft())) await openDefault();
  keepDrafts();
  listen();
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
    show(openJson(await fetchTemplate(DEFAULT), currentDefs()), "");
  } catch {
    show(EMPTY_DOC, "");
  }
}

async function refreshGallery(): Promise<void> {
  const gallery = await fetchGallery().catch(() => []);
  if (gallery.length > 0) runtimeStore.setState({ gallery });
}

function announceError(node: string, type: string, message: string): void {
  const title = node in currentDoc().nodes ? titleOf(currentDoc(), currentDefs(), node) : type;
  toast.error(t("run.failed", { title }), { description: message, duration: 10_000, action: { label: t("run.show"), onClick: () => showNode(node) } });
}
