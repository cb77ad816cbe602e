/** The form of a workflow: which widgets and results it shows, in what order, under which words; read from and written to the file. */
import { isObject, type Json, type JsonObject } from "@/formats/json";
import { kept, type Follower } from "@/model/tracks";
import type { Doc } from "@/model/types";

export interface AppField {
  /** Execution id of the widget's node. */
  readonly node: string;
  readonly widget: string;
  readonly label: string;
  readonly help: string;
  readonly width: "full" | "half";
  /** Pixels at 100 %; null is the field's own. */
  readonly height: number | null;
  /** Id of the section that it stands in; empty is the first, which has no title. */
  readonly section: string;
  readonly hidden: boolean;
}

export interface AppSection {
  readonly id: string;
  readonly title: string;
}

export interface AppForm {
  readonly title: string;
  readonly description: string;
  readonly sections: readonly AppSection[];
  readonly fields: readonly AppField[];
  /** Execution ids of the nodes whose results are shown; empty shows all. */
  readonly outputs: readonly string[];
  /** Whether the workflow opens as a form. */
  readonly isFirst: boolean;
}

export const NO_FORM: AppForm = { title: "", description: "", sections: [], fields: [], outputs: [], isFirst: false };
const PLAIN = { label: "", help: "", width: "full", height: null, section: "", hidden: false } as const;

export const plainField = (node: string, widget: string): AppField => ({ node, widget, ...PLAIN });
export const fieldKey = ({ node, widget }: Pick<AppField, "node" | "widget">): string => `${node}|${widget}`;

const inside = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const words = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const idOf = (value: Json | undefined): string => (typeof value === "number" || typeof value === "bigint" || typeof value === "string" ? String(value) : "");

/** Whether somebody chose what the form shows. */
export const hasForm = (whole: Doc): boolean => {
  const { fields, outputs } = readForm(whole);
  return fields.length + outputs.length > 0;
};

export function readForm({ raw }: Doc): AppForm {
  const extra = inside(raw["extra"]);
  const data = inside(extra["linearData"]);
  const own = inside(inside(extra["heddle"])["app"]);
  const beside = inside(own["fields"]);
  const listed = Array.isArray(data["inputs"]) ? data["inputs"] : [];
  const sections = (Array.isArray(own["sections"]) ? own["sections"] : []).filter(isObject).map((item) => ({ id: words(item["id"]), title: words(item["title"]) }));
  const known = new Set(sections.map((section) => section.id));
  const fields = listed.flatMap((item): AppField[] => {
    if (!Array.isArray(item)) return [];
    const [node, widget] = [idOf(item[0]), words(item[1])];
    if (node === "" || widget === "") return [];
    const more = inside(beside[fieldKey({ node, widget })]);
    const height = inside(item[2])["height"];
    const section = words(more["section"]);
    return [
      {
        ...{ node, widget, label: words(more["label"]), help: words(more["help"]) },
        ...{ width: more["width"] === "half" ? "half" : "full", height: typeof height === "number" && height > 0 ? height : null },
        ...{ section: known.has(section) ? section : "", hidden: more["hidden"] === true },
      },
    ];
  });
  const outputs = (Array.isArray(data["outputs"]) ? data["outputs"] : []).map(idOf).filter((id) => id !== "");
  return { title: words(own["title"]), description: words(own["description"]), sections, fields: distinct(fields), outputs: [...new Set(outputs)], isFirst: extra["linearMode"] === true };
}

function distinct(fields: readonly AppField[]): readonly AppField[] {
  const seen = new Set<string>();
  return fields.filter((field) => !seen.has(fieldKey(field)) && seen.add(fieldKey(field)));
}

export const formFollows: Follower = (whole, { node, widget }) => {
  const form = readForm(whole);
  const fields = kept(form.fields, (field) => widget(field).map((now) => (now.node === field.node && now.widget === field.widget ? field : { ...field, ...now })));
  const outputs = kept(form.outputs, node);
  return fields === form.fields && outputs === form.outputs ? whole : withForm(whole, { ...form, fields: distinct(fields), outputs: [...new Set(outputs)] });
};

/** Nodes of the outermost page are numbers in files, those inside subgraphs execution ids. */
const fileId = (id: string): Json => (/^\d+$/.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id);

/** What else stands in `extra` stays; a field's own words stand beside the list that other programs read too. */
export function withForm(whole: Doc, form: AppForm): Doc {
  const extra = inside(whole.raw["extra"]);
  const heddle = inside(extra["heddle"]);
  const before = inside(extra["linearData"]);
  const inputs = form.fields.map((field): Json => [fileId(field.node), field.widget, ...(field.height === null ? [] : [{ height: field.height }])]);
  const beside = Object.fromEntries(form.fields.flatMap((field) => { const more = besideOf(field); return Object.keys(more).length === 0 ? [] : [[fieldKey(field), more]]; }));
  const app: JsonObject = { ...inside(heddle["app"]), title: form.title, description: form.description, sections: form.sections.map(({ id, title }) => ({ id, title })), fields: beside };
  const next: JsonObject = { ...extra, linearMode: form.isFirst, linearData: { ...before, inputs, outputs: form.outputs.map(fileId) }, heddle: { ...heddle, app } };
  return { ...whole, raw: { ...whole.raw, extra: next } };
}

function besideOf({ label, help, width, section, hidden }: AppField): JsonObject {
  return {
    ...(label === "" ? {} : { label }),
    ...(help === "" ? {} : { help }),
    ...(width === "full" ? {} : { width }),
    ...(section === "" ? {} : { section }),
    ...(hidden ? { hidden } : {}),
  };
}

export const hasField = ({ fields }: AppForm, node: string, widget: string): boolean => fields.some((field) => field.node === node && field.widget === widget);

export function toggleField(form: AppForm, node: string, widget: string): AppForm {
  const without = form.fields.filter((field) => field.node !== node || field.widget !== widget);
  return { ...form, fields: without.length < form.fields.length ? without : [...form.fields, plainField(node, widget)] };
}

export const toggleOutput = (form: AppForm, node: string): AppForm => ({ ...form, outputs: form.outputs.includes(node) ? form.outputs.filter((id) => id !== node) : [...form.outputs, node] });

export const changeField = (form: AppForm, key: string, change: Partial<AppField>): AppForm => ({ ...form, fields: form.fields.map((field) => (fieldKey(field) === key ? { ...field, ...change } : field)) });

/** The fields of a section, in their order. */
export const fieldsIn = ({ fields }: AppForm, section: string): readonly AppField[] => fields.filter((field) => field.section === section);

/** One step up or down among its section's fields, and over the section's end into the next. */
export function stepField(form: AppForm, key: string, step: 1 | -1): AppForm {
  const order = ["", ...form.sections.map((section) => section.id)];
  const field = form.fields.find((item) => fieldKey(item) === key);
  if (field === undefined) return form;
  const row = fieldsIn(form, field.section);
  const neighbour = row[row.indexOf(field) + step];
  if (neighbour !== undefined) return step === 1 ? placeField(form, key, field.section, rowAfter(row, neighbour)) : placeField(form, key, field.section, fieldKey(neighbour));
  const next = order[order.indexOf(field.section) + step];
  if (next === undefined) return form;
  const first = fieldsIn(form, next)[0];
  return placeField(form, key, next, step === 1 && first !== undefined ? fieldKey(first) : null);
}

function rowAfter(row: readonly AppField[], field: AppField): string | null {
  const next = row[row.indexOf(field) + 1];
  return next === undefined ? null : fieldKey(next);
}

/** Puts a field into a section before another one, or at the section's end. */
export function placeField(form: AppForm, key: string, section: string, before: string | null): AppForm {
  const field = form.fields.find((item) => fieldKey(item) === key);
  if (field === undefined || key === before) return form;
  const rest = form.fields.filter((item) => item !== field);
  const at = before === null ? rest.length : rest.findIndex((item) => fieldKey(item) === before);
  const index = at < 0 ? rest.length : at;
  return { ...form, fields: [...rest.slice(0, index), { ...field, section }, ...rest.slice(index)] };
}

export function addSection(form: AppForm, title: string): AppForm {
  const numbers = form.sections.map((section) => Number(section.id.slice(1)) || 0);
  return { ...form, sections: [...form.sections, { id: `s${Math.max(0, ...numbers) + 1}`, title }] };
}

export const renameSection = (form: AppForm, id: string, title: string): AppForm => ({ ...form, sections: form.sections.map((section) => (section.id === id ? { ...section, title } : section)) });

/** Its fields go to the first part. */
export const removeSection = (form: AppForm, id: string): AppForm => ({
  ...form,
  sections: form.sections.filter((section) => section.id !== id),
  fields: form.fields.map((field) => (field.section === id ? { ...field, section: "" } : field)),
});
