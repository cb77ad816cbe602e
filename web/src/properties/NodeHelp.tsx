/** Help of a node: the page that somebody wrote, else what its description and its inputs tell. */
import { lazy, Suspense, useEffect, useState } from "react";

import { fetchHelp, type HelpPage } from "@/api/help";
import type { InputDef, NodeDef } from "@/formats/definitions";
import { text } from "@/formats/file";
import { t } from "@/i18n";
import { replacementStore, wantReplacements } from "@/missing/table";
import { serverDefs } from "@/session/store";
import { languageStore } from "@/settings/language";

import styles from "./Properties.module.css";

const Markdown = lazy(() => import("@/widgets/Markdown").then((module) => ({ default: module.Markdown })));

export function NodeHelp({ def }: { readonly def: NodeDef }) {
  const locale = languageStore((state) => state.id);
  const [read, setRead] = useState<{ readonly key: string; readonly page: HelpPage | null } | null>(null);
  const { type, module } = def;
  const key = `${type}|${module}|${locale}`;
  const page = read?.key === key ? read.page : null;
  useEffect(() => {
    if (module === "subgraph") return;
    let isWanted = true;
    fetchHelp({ type, module }, locale).then((found) => isWanted && setRead({ key, page: found }), () => undefined);
    return () => {
      isWanted = false;
    };
  }, [type, module, locale, key]);
  return (
    <section className={styles.section} aria-label={t("help.node.title")}>
      {def.deprecated && <Deprecated type={def.type} />}
      {page === null ? (
        <Described def={def} />
      ) : (
        <div className={styles.help}>
          <Suspense fallback={<pre>{page.text}</pre>}>
            <Markdown text={withFolder(page)} />
          </Suspense>
        </div>
      )}
    </section>
  );
}

/** Pictures and links of a page are told from where the page lies. */
export function withFolder({ text: page, folder }: HelpPage): string {
  return page.replaceAll(/(!?\[[^\]]*\]\()(?![a-z]+:|\/|#)([^)\s]+)/gi, (_match, head: string, path: string) => `${head}${folder}${path.replace(/^\.\//, "")}`);
}

function Deprecated({ type }: { readonly type: string }) {
  const told = replacementStore((state) => state[type]);
  useEffect(wantReplacements, []);
  const name = told === undefined ? null : (serverDefs()[told.type]?.title ?? told.type);
  return <p className={styles.warning}>{name === null ? t("help.node.deprecated") : t("help.node.replacedBy", { name })}</p>;
}

function Described({ def }: { readonly def: NodeDef }) {
  const { description, inputs, outputs } = def;
  return (
    <>
      <p className={styles.prose}>{description || t("help.node.none")}</p>
      {inputs.length > 0 && (
        <>
          <h3 className={styles.label}>{t("help.node.inputs")}</h3>
          <dl className={styles.sockets}>
            {inputs.map((input) => (
              <div key={input.name}>
                <dt>
                  {text(input.options["display_name"]) || input.name.replaceAll("_", " ")} <small>{kindOf(input)}</small>
                </dt>
                {text(input.options["tooltip"]) !== "" && <dd>{text(input.options["tooltip"])}</dd>}
              </div>
            ))}
          </dl>
        </>
      )}
      {outputs.length > 0 && (
        <>
          <h3 className={styles.label}>{t("help.node.outputs")}</h3>
          <dl className={styles.sockets}>
            {outputs.map((output, i) => (
              <div key={i}>
                <dt>
                  {output.name} <small>{output.type}</small>
                </dt>
                {output.tooltip !== "" && <dd>{output.tooltip}</dd>}
              </div>
            ))}
          </dl>
        </>
      )}
    </>
  );
}

function kindOf({ type, choices, options, required }: InputDef): string {
  const { min, max } = options;
  const parts = [
    choices === null ? type : t("help.node.choices", { count: choices.length }),
    ...(min === undefined || max === undefined || min === null || max === null ? [] : [t("help.node.range", { min: String(min), max: String(max) })]),
    ...(required ? [] : [t("help.node.optional")]),
  ];
  return parts.join(" · ");
}
