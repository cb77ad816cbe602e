/** What may be chosen: settings by their nodes, and results. */
import { useMemo, useState } from "react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { sessionStore } from "@/session/store";
import { SearchField } from "@/ui/SearchField";

import styles from "./Builder.module.css";
import { hasField, toggleField, toggleOutput, type AppForm } from "./form";
import { offersOf, searchOffers, type NodeOffers } from "./offers";
import { changeForm } from "./store";

function useOffers(): readonly NodeOffers[] {
  const whole = documentStore((state) => state.whole);
  const defs = sessionStore((state) => state.defs);
  return useMemo(() => offersOf(whole, defs), [whole, defs]);
}

export function AddFields({ form }: { readonly form: AppForm }) {
  const [query, setQuery] = useState("");
  const offers = useOffers();
  const found = searchOffers(offers.filter((node) => node.offers.length > 0), query);
  return (
    <section aria-label={t("appMode.builder.add")}>
      <h3 className={styles.title}>{t("appMode.builder.add")}</h3>
      <SearchField className={styles.search} label={t("appMode.builder.search")} query={query} onQuery={setQuery} />
      {found.length === 0 && <p className={styles.hint}>{t("appMode.builder.noMatch")}</p>}
      {found.map((node) => (
        <fieldset key={node.id} className={styles.group}>
          <legend>{node.title}</legend>
          {node.offers.map((offer) => (
            <label key={offer.widget} className={styles.check}>
              <input type="checkbox" aria-label={t("appMode.builder.of", { name: offer.label, node: node.title })} checked={hasField(form, offer.node, offer.widget)} onChange={() => changeForm((now) => toggleField(now, offer.node, offer.widget))} />
              {offer.label}
            </label>
          ))}
        </fieldset>
      ))}
    </section>
  );
}

export function Outputs({ form }: { readonly form: AppForm }) {
  const outputs = useOffers().filter((node) => node.isOutput);
  return (
    <fieldset className={styles.group}>
      <legend className={styles.title}>{t("appMode.builder.outputs")}</legend>
      {form.outputs.length === 0 && <p className={styles.hint}>{t("appMode.builder.allOutputs")}</p>}
      {outputs.map((node) => (
        <label key={node.id} className={styles.check}>
          <input type="checkbox" checked={form.outputs.includes(node.id)} onChange={() => changeForm((now) => toggleOutput(now, node.id))} />
          {node.title}
        </label>
      ))}
    </fieldset>
  );
}
