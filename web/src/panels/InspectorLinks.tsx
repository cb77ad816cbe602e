/** What the selected node is wired to; a press goes there. */
import type { CSSProperties } from "react";

import { titleOf, useDefs } from "@/app/session";
import { typeColor } from "@/canvas/colors";
import { useFace } from "@/canvas/hooks";
import { showNode } from "@/canvas/viewport";
import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { linkInto, linksOutOf } from "@/model/links";
import type { NodeId } from "@/model/types";

import styles from "./Inspector.module.css";

interface End {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly nodes: readonly NodeId[];
}

export function InspectorLinks({ id }: { readonly id: NodeId }) {
  const face = useFace(id);
  const doc = documentStore((state) => state.doc);
  if (face === undefined) return null;
  const inputs = face.inputs.flatMap((input): End[] => {
    const link = linkInto(doc, id, input.name);
    if (input.isWidget && link === undefined) return [];
    return [{ key: input.name, name: input.label ?? input.name, type: input.type, nodes: link === undefined ? [] : [link.from] }];
  });
  const outputs = face.outputs.map((output, slot): End => ({ key: String(slot), name: output.name, type: output.type, nodes: linksOutOf(doc, id, slot).map((link) => link.to) }));
  return (
    <>
      <Ends title={t("inspector.inputs")} ends={inputs} />
      <Ends title={t("inspector.outputs")} ends={outputs} />
    </>
  );
}

function Ends({ title, ends }: { readonly title: string; readonly ends: readonly End[] }) {
  const doc = documentStore((state) => state.doc);
  const defs = useDefs();
  if (ends.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3 className={styles.label}>{title}</h3>
      <ul>
        {ends.map(({ key, name, type, nodes }) => (
          <li key={key} className={styles.end}>
            <span className={styles.dot} style={{ "--socket": typeColor(type) } as CSSProperties} />
            <span className={styles.name}>{name.replaceAll("_", " ")}</span>
            <span className={styles.targets}>
              {nodes.length === 0 && <span className={styles.hint}>{t("inspector.notLinked")}</span>}
              {nodes.map((node, i) => (
                <button key={`${node}-${i}`} type="button" onClick={() => showNode(node)}>
                  {titleOf(doc, defs, node)}
                </button>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
