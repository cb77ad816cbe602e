/** Values of several nodes, set together; those that differ say so. */
import { useId, useMemo } from "react";

import { t } from "@/i18n";
import type { Json } from "@/formats/json";
import { beginGesture, documentStore, endGesture, transact } from "@/model/document";
import type { NodeId } from "@/model/types";
import { useDefs } from "@/session/store";
import { finder } from "@/ui/words";
import { labelOf } from "@/widgets/WidgetRow";

import { PlainField } from "./PlainField";
import styles from "./Properties.module.css";
import { commonWidgets, setCommon, type Common } from "./several";

interface Props {
  readonly ids: readonly NodeId[];
  readonly query: string;
}

export function SeveralParameters({ ids, query }: Props) {
  const doc = documentStore((state) => state.doc);
  const defs = useDefs();
  const all = useMemo(() => commonWidgets(doc, defs, ids), [doc, defs, ids]);
  const isFound = finder(query);
  const shown = all.filter(({ widget }) => isFound(`${labelOf(widget)} ${widget.name}`));
  if (all.length === 0) return <p className={styles.hint}>{t("properties.nothingCommon")}</p>;
  if (shown.length === 0) return <p className={styles.hint}>{t("properties.noMatch")}</p>;
  return (
    <section className={styles.section} aria-label={t("properties.parameters")}>
      <p className={styles.hint}>{t("properties.together", { count: ids.length })}</p>
      {shown.map((common) => (
        <CommonField key={common.widget.key} common={common} ids={ids} />
      ))}
    </section>
  );
}

function CommonField({ common, ids }: { readonly common: Common; readonly ids: readonly NodeId[] }) {
  const { widget, value, isMixed, isFed } = common;
  const id = useId();
  const gesture = `values:${widget.key}:${ids.join(",")}`;
  const set = (next: Json): void => transact("step.value", (doc) => setCommon(doc, ids, widget.key, next), gesture);
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {labelOf(widget)}
        {isMixed && <span className={styles.mixed}>{t("properties.mixed")}</span>}
        {isFed && <span className={styles.mixed}>{t("properties.someFed")}</span>}
      </label>
      <PlainField {...{ id, widget, value, isMixed, label: labelOf(widget) }} onBegin={() => beginGesture(gesture)} onChange={set} onEnd={endGesture} />
    </div>
  );
}
