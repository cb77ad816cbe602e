/** Files of this machine go into the inputs. */
import { toast } from "sonner";

import { uploadFile } from "@/api/uploads";
import { t } from "@/i18n";

import { narrow, refreshGallery } from "./store";

export async function upload(files: readonly File[]): Promise<void> {
  try {
    for (const file of files) await uploadFile(file, { folder: "input", subfolder: "" });
    toast.success(t("library.uploaded", { count: files.length }), { duration: 2500 });
    narrow({ source: "input" });
  } catch (error) {
    toast.error(t("fields.uploadFailed"), { description: error instanceof Error ? error.message : String(error) });
    void refreshGallery();
  }
}
