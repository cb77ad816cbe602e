// @vitest-environment happy-dom
import { act, Profiler } from "react";
import { createRoot } from "react-dom/client";
import { beforeEach, expect, it } from "vitest";

import { useRun } from "@/canvas/hooks";
import { replaceDocument } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { onMessage } from "@/runtime/events";
import { forgetNodes, rememberJob } from "@/runtime/store";

const drawn: Record<string, number> = {};
const count = (id: string): void => {
  drawn[id] = (drawn[id] ?? 0) + 1;
};

function Badge({ id }: { readonly id: string }) {
  return <span>{useRun(id, (run) => run.value)}</span>;
}

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  replaceDocument(EMPTY_DOC);
  forgetNodes();
});

it("of one node draws its badge anew, and no other", async () => {
  const ids = Array.from({ length: 50 }, (_unused, i) => String(i + 1));
  rememberJob("p", { tab: "", nodes: ids });
  const root = createRoot(document.createElement("div"));
  await act(async () =>
    root.render(
      ids.map((id) => (
        <Profiler key={id} id={id} onRender={count}>
          <Badge id={id} />
        </Profiler>
      )),
    ),
  );
  const before = { ...drawn };
  const tell = (value: number): void => onMessage("progress", { prompt_id: "p", node: "7", value, max: 9 }, { onError: () => undefined });
  for (const value of [1, 2, 3]) await act(async () => tell(value));
  const anew = ids.filter((id) => drawn[id] !== before[id]);
  expect(anew).toEqual(["7"]);
  expect((drawn["7"] ?? 0) - (before["7"] ?? 0)).toBe(3);
  await act(async () => root.unmount());
});
