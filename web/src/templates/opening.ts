/** Opens a pack's template in a tab of its own. */
import { fetchPackTemplate, type PackTemplate } from "@/api/templates";
import { openJson } from "@/formats/open";
import { serverDefs } from "@/session/store";
import { open } from "@/tabs/opening";

export const openPackTemplate = (template: PackTemplate): Promise<string | null> =>
  open({ name: template.name, origin: `template:${template.pack}/${template.name}`, read: async () => ({ doc: await openJson(await fetchPackTemplate(template), serverDefs()) }) });
