/** Where the mask editor appears; its code is fetched when it is first opened. */
import { useEffect, useState, type ComponentType } from "react";
import { toast } from "sonner";

import { t } from "@/i18n";

import { closeMaskEditor, maskRequestStore, type MaskRequest } from "./open";

type Editor = ComponentType<{ readonly request: MaskRequest }>;

export function MaskEditorHost() {
  const request = maskRequestStore((state) => state.request);
  const [loaded, setLoaded] = useState<{ readonly Editor: Editor } | null>(null);
  const isWanted = request !== null && loaded === null;
  useEffect(() => {
    if (!isWanted) return;
    import("./MaskEditor").then(
      ({ MaskEditor }) => setLoaded({ Editor: MaskEditor }),
      () => {
        closeMaskEditor();
        toast.error(t("mask.chunkFailed"), { description: t("mask.chunkHint") });
      },
    );
  }, [isWanted]);
  return request === null || loaded === null ? null : <loaded.Editor request={request} />;
}
