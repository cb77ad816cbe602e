/** Where one is: the workflow, and the subgraphs that were entered one inside the other. */
import { Panel } from "@xyflow/react";
import { ArrowLeft, ArrowRight, ChevronRight, CornerLeftUp } from "lucide-react";
import { useEffect, useState } from "react";
import { useShallow } from "zustand/react/shallow";

import { t } from "@/i18n";
import { documentStore, transactWhole } from "@/model/document";
import { pageOf, subgraphAt } from "@/model/pages";
import { describe } from "@/model/subgraphs";
import { sessionStore, titleOf, useDefs } from "@/session/store";
import { goBack, goForward, leave, trailStore, watchEscape } from "@/subgraphs/places";
import { IconButton } from "@/ui/IconButton";
import { NameInput } from "@/ui/NameInput";

import styles from "./Breadcrumb.module.css";

export function Breadcrumb() {
  useEffect(watchEscape, []);
  const depth = documentStore((state) => state.path.length);
  const defs = useDefs();
  const names = documentStore(useShallow(({ whole, path }) => path.map((step, i) => titleOf(pageOf(whole, path.slice(0, i)), defs, step))));
  const workflow = sessionStore((state) => state.name);
  const tab = documentStore((state) => state.tab);
  const trail = trailStore((state) => state.trails[tab]);
  const hasTrail = (trail?.back.length ?? 0) + (trail?.forward.length ?? 0) > 0;
  if (depth === 0 && !hasTrail) return null;
  const all = [workflow === "" ? t("subgraphs.workflow") : workflow, ...names];
  return (
    <Panel position="top-left" className={styles.panel ?? ""}>
      <nav className={styles.crumbs} aria-label={t("subgraphs.path")}>
        <IconButton label={t("subgraphs.command.back")} chord="Alt+←" disabled={(trail?.back.length ?? 0) === 0} onClick={goBack}>
          <ArrowLeft size={15} />
        </IconButton>
        <IconButton label={t("subgraphs.command.forward")} chord="Alt+→" disabled={(trail?.forward.length ?? 0) === 0} onClick={goForward}>
          <ArrowRight size={15} />
        </IconButton>
        {depth > 0 && (
          <>
            <IconButton label={t("subgraphs.command.leave")} chord="Esc" onClick={() => leave()}>
              <CornerLeftUp size={15} />
            </IconButton>
            <ol className={styles.steps}>
              {all.map((name, i) => (
                <li key={i} className={styles.step}>
                  {i > 0 && <ChevronRight size={13} aria-hidden />}
                  {i === depth ? (
                    <Here name={name} />
                  ) : (
                    <button type="button" className={styles.crumb} onClick={() => leave(depth - i)}>
                      {name}
                    </button>
                  )}
                </li>
              ))}
            </ol>
          </>
        )}
      </nav>
    </Panel>
  );
}

/** The page one is on; pressed twice, its subgraph's name may be rewritten. */
function Here({ name }: { readonly name: string }) {
  const id = documentStore(({ whole, path }) => subgraphAt(whole, path));
  const subgraphName = documentStore(({ whole }) => (typeof id === "string" ? (whole.subgraphs[id]?.name ?? "") : ""));
  const [isRenaming, setRenaming] = useState(false);
  const keep = (text: string): void => {
    setRenaming(false);
    if (typeof id === "string") transactWhole("subgraphs.step.rename", (whole) => describe(whole, id, { name: text }));
  };
  if (!isRenaming)
    return (
      <button type="button" className={styles.crumb} aria-current="page" title={t("subgraphs.renameHint")} onDoubleClick={() => setRenaming(true)} onKeyDown={(event) => { if (event.key === "F2") { event.stopPropagation(); setRenaming(true); } }}>
        {name}
      </button>
    );
  return <NameInput className={styles.editor} label={t("subgraphs.name")} name={subgraphName} onKeep={keep} onLeave={() => setRenaming(false)} />;
}
