/** The name of a wire: written along it, or on the tags of one that is hidden; rewritten in place. */
import type { CSSProperties } from "react";

import { t } from "@/i18n";
import { documentStore, transact } from "@/model/document";
import { linksOutOf } from "@/model/links";
import { presentLinks } from "@/model/reroutes";
import type { Doc, DocLink } from "@/model/types";
import { NameInput } from "@/ui/NameInput";

import { typeColor } from "./colors";
import { hands } from "./hands";
import styles from "./WireTag.module.css";

interface Props {
  readonly link: number;
  readonly x: number;
  readonly y: number;
  readonly type: string;
}

export function WireName({ link, x, y, type }: Props) {
  const name = documentStore(({ doc }) => doc.links[link]?.label ?? "");
  const isNaming = hands((state) => state.naming === link);
  const style = { "--socket": typeColor(type), transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` } as CSSProperties;
  return (
    <div className={styles.place} style={style}>
      {isNaming ? (
        <NameEditor link={link} name={name} />
      ) : (
        <button type="button" className={`${styles.tag} nodrag nopan`} data-link={link} title={t("links.renameHint")} onClick={() => hands.setState({ naming: link })}>
          {name}
        </button>
      )}
    </div>
  );
}

/** Wires of one output that have one name are one broadcast, and are renamed together. */
function namedAlike(doc: Doc, link: DocLink): readonly number[] {
  if (link.label === null) return [link.id];
  return linksOutOf(doc, link.from, link.slot).filter((other) => other.label === link.label).map((other) => other.id);
}

const wireElement = (link: number): SVGElement | null => document.querySelector(`.react-flow__edge[data-id="${link}"]`);

export function NameEditor({ link, name }: { readonly link: number; readonly name: string }) {
  const close = (): void => hands.setState({ naming: null });
  const keep = (text: string): void => {
    if (hands.getState().naming !== link) return;
    const label = text.trim() === "" ? null : text.trim();
    if (text.trim() !== name)
      transact("links.step.name", (doc) => {
        const found = doc.links[link];
        return found === undefined ? doc : presentLinks(doc, namedAlike(doc, found), { label });
      });
    close();
  };
  return <NameInput className={styles.editor} label={t("links.name")} name={name} onKeep={keep} onLeave={close} home={() => wireElement(link)} />;
}
