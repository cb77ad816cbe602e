/** Text to the clipboard. */
import { toast } from "sonner";

import { t } from "@/i18n";

/** Whether it arrived: pages that are not secure have no clipboard. */
export const toClipboard = (text: string): Promise<boolean> => (navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"))).then(() => true, () => false);

/** Says so, either way. */
export async function copyText(text: string, done = t("fields.copied")): Promise<void> {
  if (await toClipboard(text)) toast(done, { duration: 1500 });
  else toast.error(t("fields.noClipboard"));
}
