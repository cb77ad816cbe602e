/** Node types that the server does not know: where they come from, and what could stand for them. */
import { LocateFixed, Replace, Trash2 } from "lucide-react";
import { useId, useMemo, useState } from "react";

import type { NodeDef } from "@/formats/definitions";
import { t } from "@/i18n";
import { searchNodes } from "@/palette/search";
import { serverDefs, useDefs } from "@/session/store";

import { deleteNodes, goToWhere, replaceTypes } from "./actions";
import styles from "./Missing.module.css";
import type { MissingType } from "./scan";
import { likeness } from "./similar";
import { replacementStore } from "./table";

export function MissingTypes({ types }: { readonly types: readonly MissingType[] }) {
  if (types.length === 0) return null;
  return (
    <section>
      <h3 className={styles.title}>{t("missing.typesTitle")}</h3>
      <p className={styles.hint}>{t("missing.typesHint")}</p>
      <ul className={styles.items}>
        {types.map((type) => (
          <TypeItem key={type.type} missing={type} />
        ))}
      </ul>
    </section>
  );
}

function TypeItem({ missing }: { readonly missing: MissingType }) {
  const { type, pack, version, where } = missing;
  const [isSearching, setSearching] = useState(false);
  const told = replacementStore((state) => state[type]);
  const known = told === undefined ? undefined : serverDefs()[told.type];
  return (
    <li className={styles.item} data-testid={`missing-${type}`}>
      <div className={styles.itemHead}>
        <strong>{type}</strong>
        <span>{pack === "" ? t("missing.unknownPack") : t("missing.fromPack", { pack: version === "" ? pack : `${pack} ${version}` })}</span>
        <span>{t("missing.used", { count: where.length })}</span>
      </div>
      <div className={styles.actions}>
        {known !== undefined && told !== undefined && (
          <button type="button" className={styles.primary} onClick={() => replaceTypes(where, told.type, told)}>
            <Replace size={13} aria-hidden />
            {t("missing.replaceBy", { title: known.title })}
          </button>
        )}
        <button type="button" className={styles.button} aria-expanded={isSearching} onClick={() => setSearching(!isSearching)}>
          <Replace size={13} aria-hidden />
          {t("missing.find")}
        </button>
        <button type="button" className={styles.button} onClick={() => { const first = where[0]; if (first !== undefined) goToWhere(first); }}>
          <LocateFixed size={13} aria-hidden />
          {t("missing.show")}
        </button>
        <button type="button" className={styles.button} data-danger onClick={() => deleteNodes(where)}>
          <Trash2 size={13} aria-hidden />
          {t("missing.delete", { count: where.length })}
        </button>
      </div>
      {isSearching && <Finder missing={missing} />}
    </li>
  );
}

const MOST = 8;

/** Types of like names first, then whatever was searched for. */
function suggestions(defs: Readonly<Record<string, NodeDef>>, type: string, query: string): readonly NodeDef[] {
  if (query.trim() !== "") return searchNodes(defs, query).slice(0, MOST);
  return Object.values(defs).map((def) => ({ def, like: Math.max(likeness(type, def.type), likeness(type, def.title)) })).filter(({ like }) => like > 0.3).sort((a, b) => b.like - a.like).slice(0, MOST).map(({ def }) => def);
}

function Finder({ missing }: { readonly missing: MissingType }) {
  const defs = useDefs();
  const [query, setQuery] = useState("");
  const id = useId();
  const found = useMemo(() => suggestions(defs, missing.type, query), [defs, missing.type, query]);
  return (
    <div className={styles.finder}>
      <label htmlFor={id}>{t("missing.findLabel", { type: missing.type })}</label>
      <input id={id} className={styles.text} autoFocus value={query} placeholder={t("drawer.searchNodes")} onChange={(event) => setQuery(event.target.value)} />
      {found.length === 0 && <p className={styles.hint}>{t("drawer.noNodes")}</p>}
      <ul>
        {found.map((def) => (
          <li key={def.type}>
            <button type="button" className={styles.choice} onClick={() => replaceTypes(missing.where, def.type)}>
              <span>{def.title}</span>
              <small>{def.category.replaceAll("/", " › ")}</small>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
