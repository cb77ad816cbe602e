/** What changed from one document to another, as a list by node: signs and colours say how. */
import { useMemo, useState } from "react";

import { t } from "@/i18n";
import { countDiff, diffDocs, isSame, withoutMinor, type DiffKind } from "@/model/diff";
import type { Doc, NodeId } from "@/model/types";
import { serverDefs } from "@/session/store";

import styles from "./DiffView.module.css";
import { sectionsOf, type Entry, type Line, type Section } from "./entries";

const SIGNS: Readonly<Record<DiffKind, string>> = { added: "+", removed: "−", changed: "±" };

/** Whoever shows a node gets its page: null is the outermost. */
export type OnShow = (page: string | null, node: NodeId) => void;

interface Props {
  readonly before: Doc;
  readonly after: Doc;
  readonly onShow?: OnShow | undefined;
}

export function DiffView({ before, after, onShow }: Props) {
  const [hidesMoves, setHidesMoves] = useState(true);
  const whole = useMemo(() => diffDocs(before, after), [before, after]);
  const diff = useMemo(() => (hidesMoves ? withoutMinor(whole) : whole), [whole, hidesMoves]);
  const sections = useMemo(() => sectionsOf(diff, { before, after, defs: serverDefs() }), [diff, before, after]);
  const counts = countDiff(diff);
  return (
    <section className={styles.view} aria-label={t("versions.diff.list")}>
      <header className={styles.head}>
        <p>{isSame(diff) ? t(isSame(whole) ? "versions.diff.same" : "versions.diff.sameButMoves") : t("versions.diff.counts", { ...counts })}</p>
        <label className={styles.filter}>
          <input type="checkbox" checked={hidesMoves} onChange={(event) => setHidesMoves(event.target.checked)} />
          {t("versions.diff.hideMoves")}
        </label>
      </header>
      {sections.map((section) => (
        <Page key={section.page ?? ""} section={section} onShow={onShow} />
      ))}
    </section>
  );
}

function Page({ section, onShow }: { readonly section: Section; readonly onShow?: OnShow | undefined }) {
  return (
    <>
      {section.page !== null && (
        <h4 className={styles.page} data-kind={section.kind}>
          <Sign kind={section.kind} />
          {t("versions.diff.subgraph", { name: section.name })}
          {section.renamed !== null && <span className={styles.id}>{t("versions.diff.renamed", { name: section.renamed })}</span>}
        </h4>
      )}
      <ul className={styles.list}>
        {section.entries.map((entry) => (
          <li key={entry.key} className={styles.entry} data-kind={entry.kind}>
            <Title entry={entry} onShow={onShow === undefined ? undefined : (node) => onShow(section.page, node)} />
            {entry.lines.length > 0 && (
              <ul className={styles.lines}>
                {entry.lines.map((line, i) => (
                  <LineRow key={i} line={line} />
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Seen as a sign, heard as a word. */
function Sign({ kind }: { readonly kind: DiffKind }) {
  return (
    <>
      <span className={styles.sign} data-kind={kind} aria-hidden>
        {SIGNS[kind]}
      </span>
      <span className="visually-hidden">{t(`versions.diff.${kind}`)}: </span>
    </>
  );
}

function Title({ entry, onShow }: { readonly entry: Entry; readonly onShow: ((node: NodeId) => void) | undefined }) {
  const { node } = entry;
  const words = (
    <>
      <Sign kind={entry.kind} />
      <span className={styles.title}>{entry.title}</span>
      {node !== null && <span className={styles.id}>{node}</span>}
    </>
  );
  if (node === null || onShow === undefined || entry.kind === "removed") return <p className={styles.name}>{words}</p>;
  return (
    <button type="button" className={styles.name} title={t("versions.diff.show", { title: entry.title })} onClick={() => onShow(node)}>
      {words}
    </button>
  );
}

function LineRow({ line }: { readonly line: Line }) {
  return (
    <li className={styles.line}>
      <span className={styles.label}>{line.label}</span>
      <span className={styles.values}>
        {line.kind !== "added" && <del className={styles.before}>{line.before}</del>}
        <span className="visually-hidden"> {t("versions.diff.to")} </span>
        {line.kind !== "removed" && <ins className={styles.after}>{line.after}</ins>}
      </span>
    </li>
  );
}
