/** The value of a primitive: drawn as the widget it feeds. */
import { useMemo } from "react";

import { bringing, partsOf } from "@/formats/parts";
import { widgetFor, type Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { linksOutOf } from "@/model/links";
import { useDefs } from "@/session/store";
import { WidgetRow } from "@/widgets/WidgetRow";

import styles from "./NodeView.module.css";

export function PrimitiveValue({ id }: { readonly id: string }) {
  const defs = useDefs();
  const input = documentStore(({ doc }) => {
    const link = linksOutOf(doc, id, 0)[0];
    const target = doc.nodes[link?.to ?? ""];
    const def = defs[target?.type ?? ""];
    return target === undefined || def === undefined ? undefined : partsOf(def, target.values, bringing(target.inputs)).find((part) => part.name === link?.input);
  });
  const widget = useMemo((): Widget | null => {
    const kind = input === undefined ? null : widgetFor(input);
    return input === undefined || kind === null ? null : { key: "value", name: "value", kind, input, inPrompt: true };
  }, [input]);
  if (widget === null) return <p className={styles.hint}>{t("node.noValue")}</p>;
  return (
    <div className={styles.widgets}>
      <WidgetRow node={id} widget={widget} />
    </div>
  );
}
