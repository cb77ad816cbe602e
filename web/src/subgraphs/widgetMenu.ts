/** What subgraphs add to the menus of widgets: inside one, to be shown on the instance. */
import { Eye, EyeOff } from "lucide-react";

import { t } from "@/i18n";
import { currentDoc, currentPath } from "@/model/document";
import { isPromoted, promotable } from "@/model/promote";
import { serverDefs } from "@/session/store";
import type { WidgetAction } from "@/widgets/menu";

import { showInput } from "./edit";

export const OUTSIDE: WidgetAction = {
  id: "outside",
  section: 10,
  items: (node, { key, name }) => {
    if (currentPath().length === 0 || !promotable(currentDoc(), serverDefs(), node).some((widget) => widget.key === key)) return [];
    const isShown = isPromoted(currentDoc(), node, name);
    return [{ id: "outside", label: t(isShown ? "subgraphs.menuHide" : "subgraphs.menuShow"), Icon: isShown ? EyeOff : Eye, run: () => showInput(node, name, !isShown) }];
  },
};
