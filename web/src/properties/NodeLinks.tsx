/** What a node is wired to: a press goes there, another one takes the wire away. */
import { Unlink } from "lucide-react";
import type { CSSProperties } from "react";

import { typeColor } from "@/canvas/colors";
import { useFace } from "@/canvas/hooks";
import { showNode } from "@/canvas/viewport";
import { t } from "@/i18n";
import { removeLinks } from "@/model/actions";
import { documentStore, transact } from "@/model/document";
import { linkInto, linksOutOf } from "@/model/links";
import type { DocLink, NodeId } from "@/model/types";
import { titleOf, useDefs } from "@/session/store";
import { IconButton } from "@/ui/IconButton";
import { finder } from "@/ui/words";

import styles from "./Properties.module.css";

interface End {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly links: readonly { readonly link: DocLink; readonly other: NodeId }[];
}

interface Props {
  readonly id: NodeId;
  readonly query: string;
}

export function NodeLinks({ id, query }: Props) {
  const face = useFace(id);
  const doc = documentStore((state) => state.doc);
  if (face === undefined) return null;
  const finds = finder(query);
  const isFound = ({ name, type }: End): boolean => finds(`${name} ${type}`);
  const inputs = face.inputs.flatMap((input): End[] => {
    const link = linkInto(doc, id, input.name);
    if (input.isWidget && link === undefined) return [];
    return [{ key: input.name, name: input.label ?? input.name, type: input.type, links: link === undefined ? [] : [{ link, other: link.from }] }];
  });
  const outputs = face.outputs.map((output, slot): End => ({ key: String(slot), name: output.label ?? output.name, type: output.type, links: linksOutOf(doc, id, slot).map((link) => ({ link, other: link.to })) }));
  return (
    <>
      <Ends title={t("inspector.inputs")} ends={inputs.filter(isFound)} />
      <Ends title={t("inspector.outputs")} ends={outputs.filter(isFound)} />
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
        {ends.map(({ key, name, type, links }) => (
          <li key={key} className={styles.end}>
            <span className={styles.dot} style={{ "--socket": typeColor(type) } as CSSProperties} title={type} />
            <span className={styles.name} title={type}>
              {name.replaceAll("_", " ")}
            </span>
            <span className={styles.targets}>
              {links.length === 0 && <span className={styles.faint}>{t("inspector.notLinked")}</span>}
              {links.map(({ link, other }) => {
                const otherTitle = titleOf(doc, defs, other);
                return (
                  <span key={link.id} className={styles.target}>
                    <button type="button" className={styles.jump} onClick={() => showNode(other)}>
                      {otherTitle}
                    </button>
                    <IconButton label={t("properties.disconnect", { name: name.replaceAll("_", " "), title: otherTitle })} onClick={() => transact("step.disconnect", (now) => removeLinks(now, [link.id]))}>
                      <Unlink size={12} />
                    </IconButton>
                  </span>
                );
              })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
