/** The value of a primitive: drawn as the widget it feeds. */
import { useMemo } from "react";

import { sessionStore } from "@/app/session";
import { widgetFor, type Widget } from "@/formats/widgets";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { linksOutOf } from "@/model/links";
import { WidgetRow } from "@/widgets/WidgetRow";

import styles from "./NodeView.module.css";

export function PrimitiveValue({ id }: { readonly id: string }) {
  const defs = sessionStore((state) => state.defs);
  const target = documentStore(({ doc }) => {
    const link = linksOutOf(doc, id, 0)[0];
    return link === undefined ? "" : `${doc.nodes[link.to]?.type ?? ""}|${link.input}`;
  });
  const widget = useMemo((): Widget | null => {
    const [type = "", name = ""] = target.split("|");
    const input = defs[type]?.inputs.find((candidate) => candidate.name === name);
    const kind = input === undefined ? null : widgetFor(input);
    return input === undefined || kind === null ? null : { key: "value", name: "value", kind, input, inPrompt: true };
  }, [defs, target]);
  if (widget === null) return <p className={styles.hint}>{t("node.noValue")}</p>;
  return (
    <div className={styles.widgets}>
      <WidgetRow node={id} widget={widget} />
    </div>
  );
}
