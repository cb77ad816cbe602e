/** The one catalogue of strings: a file for each room. */
import i18next from "i18next";

import appmode from "./en/appmode.json";
import arrange from "./en/arrange.json";
import base from "./en/base.json";
import chooser from "./en/chooser.json";
import fields from "./en/fields.json";
import find from "./en/find.json";
import gallery from "./en/gallery.json";
import help from "./en/help.json";
import jobs from "./en/jobs.json";
import library from "./en/library.json";
import links from "./en/links.json";
import live from "./en/live.json";
import mask from "./en/mask.json";
import missing from "./en/missing.json";
import models from "./en/models.json";
import presets from "./en/presets.json";
import profile from "./en/profile.json";
import prompt from "./en/prompt.json";
import properties from "./en/properties.json";
import settings from "./en/settings.json";
import subgraphs from "./en/subgraphs.json";
import sweeps from "./en/sweeps.json";
import switches from "./en/switches.json";
import tabs from "./en/tabs.json";
import templates from "./en/templates.json";
import touch from "./en/touch.json";
import versions from "./en/versions.json";

/** Strings that several rooms use are in `base`; every other room's keys begin with its name. */
const en = {
  ...base,
  ...{ appMode: appmode, arranging: arrange, chooser, fields, find, outputs: gallery, help, jobs, library, links, live, mask, missing },
  ...{ models, presets, profile, promptEditor: prompt, properties, settings, subgraphs, sweeps, switches, tabs, templates, touch, versions },
};

type Plural<Key extends string> = Key extends `${infer Stem}_${"one" | "other"}` ? Stem | Key : Key;
type Leaves<Tree, Path extends string = ""> = {
  [Key in keyof Tree & string]: Tree[Key] extends string ? `${Path}${Plural<Key>}` : Leaves<Tree[Key], `${Path}${Key}.`>;
}[keyof Tree & string];

export type MessageKey = Leaves<typeof en>;

void i18next.init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: en } },
  interpolation: { escapeValue: false },
  initAsync: false,
});

export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  return i18next.t(key, values);
}

export const hasMessage = (key: string): key is MessageKey => i18next.exists(key);
