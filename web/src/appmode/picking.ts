/** While a form is being made, a press on a setting of the canvas takes it, and no value is changed. */
import { useEffect } from "react";

import { currentWhole, idHere } from "@/model/document";
import { heldAt, nodeIn } from "@/properties/places";
import { serverDefs } from "@/session/store";

import { readForm, toggleField, toggleOutput, type AppForm } from "./form";
import { changeForm } from "./store";

type Picked = { readonly kind: "field"; readonly node: string; readonly widget: string } | { readonly kind: "output"; readonly node: string };

/** What a place of the canvas stands for. */
export function pickedAt(target: EventTarget | null): Picked | null {
  const element = target instanceof Element ? target : null;
  const view = element?.closest<HTMLElement>('.react-flow [data-testid^="node-"]');
  const id = view?.dataset["testid"]?.slice("node-".length);
  if (element === null || id === undefined) return null;
  const node = idHere(id);
  const start = `widget-${id}-`;
  const row = element.closest<HTMLElement>("[data-kind]");
  const control = row?.querySelector<HTMLElement>(`[data-testid^="${CSS.escape(start)}"]`)?.dataset["testid"] ?? element.closest<HTMLElement>(`[data-testid^="${CSS.escape(start)}"]`)?.dataset["testid"];
  if (control !== undefined) {
    const widget = control.slice(start.length);
    return heldAt(currentWhole(), serverDefs(), node, widget) === null ? null : { kind: "field", node, widget };
  }
  const type = nodeIn(currentWhole(), node)?.node.type ?? "";
  return element.closest("header, img") !== null && serverDefs()[type]?.isOutput === true ? { kind: "output", node } : null;
}

const SWALLOWED = ["pointerdown", "mousedown", "dblclick", "contextmenu"] as const;

function swallow(event: Event): void {
  if (pickedAt(event.target) === null) return;
  event.preventDefault();
  event.stopPropagation();
}

function take(event: Event): void {
  const picked = pickedAt(event.target);
  if (picked === null) return;
  event.preventDefault();
  event.stopPropagation();
  changeForm((form) => (picked.kind === "field" ? toggleField(form, picked.node, picked.widget) : toggleOutput(form, picked.node)), `pick:${picked.node}`);
}

export function usePicking(): void {
  useEffect(() => {
    for (const kind of SWALLOWED) document.addEventListener(kind, swallow, true);
    document.addEventListener("click", take, true);
    return () => {
      for (const kind of SWALLOWED) document.removeEventListener(kind, swallow, true);
      document.removeEventListener("click", take, true);
    };
  }, []);
}

const quoted = (text: string): string => text.replace(/["\\]/g, "\\$&");

/** Chosen settings and results of the page that is shown are marked on the canvas. */
export function marks(form: AppForm = readForm(currentWhole())): string {
  const here = (id: string): string | null => (idHere(id.slice(id.lastIndexOf(":") + 1)) === id ? id.slice(id.lastIndexOf(":") + 1) : null);
  const fields = form.fields.flatMap(({ node, widget }) => {
    const id = here(node);
    return id === null ? [] : [`.react-flow [data-kind]:has([data-testid="${quoted(`widget-${id}-${widget}`)}"])`];
  });
  const outputs = form.outputs.flatMap((node) => {
    const id = here(node);
    return id === null ? [] : [`.react-flow [data-testid="${quoted(`node-${id}`)}"] > header`];
  });
  const all = [...fields, ...outputs].join(", ");
  return `.react-flow [data-kind] { cursor: copy; } .react-flow [data-kind] * { cursor: copy !important; } ${all === "" ? "" : `${all} { box-shadow: 0 0 0 2px var(--accent); border-radius: 4px; background: var(--accent-soft); }`}`;
}
