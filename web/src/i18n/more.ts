/** Strings of the rooms that open later: fetched beside the definitions of the nodes, before anything of theirs is shown. */
import i18next from "i18next";

import "./index";

import appMode from "./en/appmode.json";
import arranging from "./en/arrange.json";
import chooser from "./en/chooser.json";
import fields from "./en/fields.json";
import find from "./en/find.json";
import outputs from "./en/gallery.json";
import gestures from "./en/gestures.json";
import help from "./en/help.json";
import jobs from "./en/jobs.json";
import library from "./en/library.json";
import links from "./en/links.json";
import live from "./en/live.json";
import manual from "./en/manual.json";
import mask from "./en/mask.json";
import missing from "./en/missing.json";
import models from "./en/models.json";
import presets from "./en/presets.json";
import profile from "./en/profile.json";
import promptEditor from "./en/prompt.json";
import properties from "./en/properties.json";
import settings from "./en/settings.json";
import subgraphs from "./en/subgraphs.json";
import sweeps from "./en/sweeps.json";
import switches from "./en/switches.json";
import templates from "./en/templates.json";
import touch from "./en/touch.json";
import versions from "./en/versions.json";

const ROOMS = {
  ...{ appMode, arranging, chooser, fields, find, gestures, help, jobs, library, links, live, manual, mask, missing, models, outputs },
  ...{ presets, profile, promptEditor, properties, settings, subgraphs, sweeps, switches, templates, touch, versions },
};

i18next.addResourceBundle("en", "translation", ROOMS, true, true);

export type Rooms = typeof ROOMS;
