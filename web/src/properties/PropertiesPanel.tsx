/** The right edge: what is selected, in full; with nothing selected, the workflow itself. */
import { X } from "lucide-react";
import { Tabs } from "radix-ui";
import { Suspense, useState } from "react";

import { useTitle } from "@/canvas/hooks";
import { t, type MessageKey } from "@/i18n";
import { documentStore } from "@/model/document";
import { isSide, type NodeId } from "@/model/types";
import { ErrorList, useTroubles } from "@/panels/ErrorList";
import { uiStore } from "@/session/ui";
import { IconButton } from "@/ui/IconButton";
import { SearchField } from "@/ui/SearchField";
import { later } from "@/ui/later";
import { PlaceContext } from "@/widgets/place";

import { LastResult } from "./LastResult";
import { NodeParameters } from "./NodeParameters";
import { NodeSettings } from "./NodeSettings";
import styles from "./Properties.module.css";
import { SeveralParameters } from "./SeveralParameters";
import { propertiesUi, type NodeTab, type WorkflowTab } from "./store";
import { WorkflowProperties } from "./WorkflowProperties";

const NodeInfo = later(() => import("./NodeInfo"), "NodeInfoOfSelection");

const NODE_TABS: readonly (readonly [NodeTab, MessageKey])[] = [["parameters", "properties.parameters"], ["info", "properties.info"], ["settings", "properties.settings"]];
const WORKFLOW_TABS: readonly (readonly [WorkflowTab, MessageKey])[] = [["workflow", "properties.workflow"], ["errors", "help.errors.title"], ["result", "properties.result"]];

export function PropertiesPanel() {
  const nodes = documentStore((state) => state.selection.nodes);
  const ids = nodes.filter((id) => !isSide(id));
  return (
    <aside className={styles.panel} aria-label={t("properties.title")} data-testid="properties">
      <PlaceContext value="panel">{nodes.length === 0 ? <OfWorkflow /> : <OfNodes ids={ids.length > 0 ? ids : nodes} />}</PlaceContext>
    </aside>
  );
}

function Head({ title, detail }: { readonly title: string; readonly detail?: string }) {
  return (
    <header className={styles.head}>
      <h2 title={title}>{title}</h2>
      {detail !== undefined && <span className={styles.detail}>{detail}</span>}
      <IconButton label={t("action.close")} onClick={() => uiStore.setState({ inspector: false })}>
        <X size={15} />
      </IconButton>
    </header>
  );
}

function TabList({ tabs, count = 0 }: { readonly tabs: readonly (readonly [string, MessageKey])[]; readonly count?: number }) {
  return (
    <Tabs.List className={styles.tabs} aria-label={t("properties.title")}>
      {tabs.map(([id, title]) => (
        <Tabs.Trigger key={id} value={id} className={styles.tab}>
          {t(title)}
          {id === "errors" && count > 0 && <span className={styles.badge}>{count}</span>}
        </Tabs.Trigger>
      ))}
    </Tabs.List>
  );
}

function OfWorkflow() {
  const tab = propertiesUi((state) => state.workflow);
  const troubles = useTroubles();
  return (
    <Tabs.Root className={styles.root} value={tab} onValueChange={(value) => propertiesUi.setState({ workflow: value as WorkflowTab })}>
      <Head title={t("properties.ofWorkflow")} />
      <TabList tabs={WORKFLOW_TABS} count={troubles.length} />
      <Tabs.Content className={styles.scroll} value="workflow">
        <WorkflowProperties />
      </Tabs.Content>
      <Tabs.Content className={styles.scroll} value="errors">
        <ErrorList />
      </Tabs.Content>
      <Tabs.Content className={styles.scroll} value="result">
        <LastResult />
      </Tabs.Content>
    </Tabs.Root>
  );
}

function OfNodes({ ids }: { readonly ids: readonly NodeId[] }) {
  const tab = propertiesUi((state) => state.node);
  const [query, setQuery] = useState("");
  const first = ids[0] ?? "";
  const title = useTitle(first);
  const isOne = ids.length === 1;
  return (
    <Tabs.Root className={styles.root} value={tab} onValueChange={(value) => propertiesUi.setState({ node: value as NodeTab })}>
      {isOne ? <Head title={title} detail={`#${first}`} /> : <Head title={t("inspector.many", { count: ids.length })} />}
      <TabList tabs={NODE_TABS} />
      {tab === "parameters" && (
        <SearchField className={styles.search} label={t("properties.search")} query={query} onQuery={setQuery} />
      )}
      <Tabs.Content className={styles.scroll} value="parameters">
        {isOne ? <NodeParameters key={first} id={first} query={query} /> : <SeveralParameters key={ids.join()} ids={ids} query={query} />}
      </Tabs.Content>
      <Tabs.Content className={styles.scroll} value="info">
        <Suspense fallback={<p className={styles.hint}>{t("app.opening")}</p>}>
          <NodeInfo />
        </Suspense>
      </Tabs.Content>
      <Tabs.Content className={styles.scroll} value="settings">
        <NodeSettings key={ids.join()} ids={ids} />
      </Tabs.Content>
    </Tabs.Root>
  );
}
