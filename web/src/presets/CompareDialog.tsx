/** What applying a value set would change. */
import { t } from "@/i18n";
import { documentStore, transactWhole } from "@/model/document";
import { useDefs } from "@/session/store";
import { labelOf } from "@/sweeps/spec";
import { Dialog, dialogStyles } from "@/ui/Dialog";

import { applyNamed } from "./act";
import styles from "./Presets.module.css";
import { differences, matched, putSet, updated, type ValueSet } from "./sets";
import { setupView } from "./view";

const close = (): void => setupView.setState({ comparing: null });

export function CompareDialog() {
  const set = setupView((state) => state.comparing);
  if (set === null) return null;
  return (
    <Dialog title={t("presets.compareTitle", { name: set.name })} isOpen wide onClose={close}>
      <Body set={set} />
    </Dialog>
  );
}

function Body({ set }: { readonly set: ValueSet }) {
  const defs = useDefs();
  const whole = documentStore((state) => state.whole);
  const found = differences(whole, defs, set);
  const gone = set.entries.filter((entry) => matched(whole, defs, entry).node === null);
  const update = (): void => {
    transactWhole("presets.step.update", (doc) => putSet(doc, updated(doc, defs, set)));
    close();
  };
  return (
    <>
      {found.length === 0 ? (
        <p className={styles.hint}>{t("presets.same")}</p>
      ) : (
        <div className={styles.list}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t("presets.value")}</th>
                <th scope="col">{t("presets.now")}</th>
                <th scope="col">{set.name}</th>
              </tr>
            </thead>
            <tbody>
              {found.map(({ entry, key, now, then }) => (
                <tr key={`${entry.page}/${entry.node}/${key}`}>
                  <th scope="row">{`${entry.title} · ${key.replaceAll("_", " ")}`}</th>
                  <td>{labelOf(now)}</td>
                  <td>{labelOf(then)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {gone.length > 0 && <p className={styles.bad}>{t("presets.gone", { names: gone.map((entry) => entry.title).join(", ") })}</p>}
      <div className={dialogStyles.actions}>
        <button type="button" className={dialogStyles.secondary} disabled={found.length === 0} onClick={update}>
          {t("presets.updateShort")}
        </button>
        <button type="button" className={dialogStyles.primary} disabled={found.length === 0} onClick={() => { close(); applyNamed(set); }}>
          {t("presets.applyShort")}
        </button>
      </div>
    </>
  );
}
