/** What a node is: its help, where it comes from, how long it took, and how the file writes it. */
import { Copy } from "lucide-react";
import { useMemo, useState } from "react";
import { toast } from "sonner";

import { useFace, useRun } from "@/canvas/hooks";
import { list, text } from "@/formats/file";
import { isObject, stringifyJson, type JsonObject } from "@/formats/json";
import { t } from "@/i18n";
import { currentPath, currentWhole, documentStore } from "@/model/document";
import { subgraphAt } from "@/model/pages";
import type { NodeId } from "@/model/types";
import { useDef } from "@/session/store";
import { currentFile } from "@/tabs/files";
import { toClipboard } from "@/ui/clipboard";
import { bytes, duration } from "@/ui/units";

import { sourceOf } from "./info";
import { NodeHelp } from "./NodeHelp";
import styles from "./Properties.module.css";

export function NodeInfoOfSelection() {
  const ids = documentStore((state) => state.selection.nodes);
  return ids.map((id) => <NodeInfo key={id} id={id} />);
}

function NodeInfo({ id }: { readonly id: NodeId }) {
  const face = useFace(id);
  const def = useDef(face?.type ?? "");
  const node = documentStore((state) => state.doc.nodes[id]);
  const seconds = useRun(id, (run) => run.seconds);
  const peak = useRun(id, (run) => run.peak);
  if (face === undefined || node === undefined) return null;
  const { pack, version } = sourceOf(node, def?.module);
  const facts = [
    [t("properties.type"), def?.module === "subgraph" ? t("node.subgraph") : face.type],
    [t("properties.id"), id],
    [t("properties.category"), def?.category.replaceAll("/", " › ") ?? ""],
    [t("properties.source"), pack],
    [t("properties.version"), version],
    [t("properties.took"), seconds === null ? "" : peak === null ? duration(seconds) : `${duration(seconds)} · ${bytes(peak)}`],
  ].filter(([, value]) => value !== "");
  return (
    <>
      <section className={styles.section}>
        <dl className={styles.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      {def !== undefined && <NodeHelp def={def} />}
      <Source id={id} />
    </>
  );
}

/** The node as the file has it. */
export function nodeJson(file: JsonObject, page: string | null, id: NodeId): JsonObject | null {
  const definitions = isObject(file["definitions"]) ? list(file["definitions"]["subgraphs"]).filter(isObject) : [];
  const graph = page === null ? file : definitions.find((subgraph) => subgraph["id"] === page);
  return list(graph?.["nodes"]).filter(isObject).find((node) => text(node["id"]) === id) ?? null;
}

function Source({ id }: { readonly id: NodeId }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.section} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={styles.summary}>{t("properties.json")}</summary>
      {isOpen && <Json id={id} />}
    </details>
  );
}

function Json({ id }: { readonly id: NodeId }) {
  const node = documentStore((state) => state.doc.nodes[id]);
  const json = useMemo(() => (node === undefined ? "" : stringifyJson(nodeJson(currentFile(), subgraphAt(currentWhole(), currentPath()) ?? null, id), 2)), [node, id]);
  const copy = (): void => void toClipboard(json).then((isCopied) => toast(t(isCopied ? "properties.jsonCopied" : "fields.noClipboard"), { id: "json", duration: 2000 }));
  return (
    <div className={styles.trace}>
      <button type="button" className={styles.button} onClick={copy}>
        <Copy size={13} aria-hidden />
        {t("properties.copyJson")}
      </button>
      {/* Long texts are scrolled by key too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{json}</pre>
    </div>
  );
}
