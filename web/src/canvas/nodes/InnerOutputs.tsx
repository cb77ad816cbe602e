/** What an instance of a subgraph shows of a run: the inner nodes that it exposes, or else the newest picture from inside. */
import { memo } from "react";
import { useShallow } from "zustand/react/shallow";

import { documentStore } from "@/model/document";
import { pageOf, splitExecutionId } from "@/model/pages";
import { exposedIn } from "@/model/promote";
import { titleOf, useDefs } from "@/session/store";

import { NodeOutput } from "./NodeOutput";

export const InnerOutputs = memo(function InnerOutputs({ id, title }: { readonly id: string; readonly title: string }) {
  const exposed = documentStore(useShallow(({ doc }) => exposedIn(doc.subgraphs, doc.nodes[id])));
  if (exposed.length === 0) return <NodeOutput id={id} title={title} />;
  return exposed.map((inner) => <InnerOutput key={inner} id={inner} />);
});

/** `id` is an execution id, seen from this page. */
function InnerOutput({ id }: { readonly id: string }) {
  const defs = useDefs();
  const title = documentStore(({ whole, path }) => {
    const { path: inner, node } = splitExecutionId(id);
    return titleOf(pageOf(whole, [...path, ...inner]), defs, node);
  });
  return <NodeOutput id={id} title={title} />;
}
