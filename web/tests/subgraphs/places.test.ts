// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { bringWithChanges, currentDoc, currentPath, currentSelection, currentWhole, replaceDocument, select, undo } from "@/model/document";
import { previewsOf } from "@/model/promote";
import { reconciled } from "@/model/reconcile";
import { INPUT_SIDE } from "@/model/types";
import { sessionStore } from "@/session/store";
import { deleteUnused, makeIndependent, makeSubgraph, movePortHere, promoteWidget, removePortHere, renameNode, renamePortHere, showOutput, togglePreviewOutside, unpackChosen, unpromoteWidget } from "@/subgraphs/edit";
import { canGo, chosenInstance, enter, goBack, goForward, leave, stepOut, trailStore } from "@/subgraphs/places";

import { defs } from "../definitions";
import { chain, flatPrompt, wiresOf, wrapped } from "../model/pages";

beforeEach(() => {
  sessionStore.setState({ defs });
  trailStore.setState({ trails: {} });
  bringWithChanges({ whole: (after, before) => reconciled(after, before, defs) });
  replaceDocument(wrapped(wrapped(chain(), ["2"]).doc, ["5"], "outer", "Outer").doc);
});
afterEach(() => bringWithChanges({}));

const ports = (): readonly string[] => (currentDoc().nodes[INPUT_SIDE]?.outputs ?? []).map((port) => port.label ?? port.name);

describe("going into subgraphs", () => {
  it("leads in and out, and selects what one was in", () => {
    enter("6");
    enter("5");
    expect(currentPath()).toEqual(["6", "5"]);
    enter("2");
    expect(currentPath()).toEqual(["6", "5"]);
    leave();
    expect([currentPath(), currentSelection().nodes, chosenInstance()]).toEqual([["6"], ["5"], "5"]);
    enter("5");
    leave(2);
    expect([currentPath(), currentSelection().nodes]).toEqual([[], ["6"]]);
  });
  it("goes back and forward through the pages visited, as long as they are there", () => {
    enter("6");
    enter("5");
    leave(2);
    goBack();
    goBack();
    expect([currentPath(), canGo("forward")]).toEqual([["6"], true]);
    goForward();
    expect(currentPath()).toEqual(["6", "5"]);
    leave(2);
    unpackChosen();
    goBack();
    expect(currentPath()).toEqual([]);
  });
  it("lets go of the selection before it leaves", () => {
    enter("6");
    select({ nodes: ["5"] });
    stepOut();
    expect([currentPath(), currentSelection().nodes]).toEqual([["6"], []]);
    stepOut();
    expect(currentPath()).toEqual([]);
  });
});

describe("each thing that is done to subgraphs is one step of undo", () => {
  it("making and unpacking", () => {
    const before = currentWhole();
    select({ nodes: ["6", "3"] });
    makeSubgraph();
    expect([Object.keys(currentDoc().nodes), currentSelection().nodes]).toEqual([["1", "4", "7"], ["7"]]);
    unpackChosen();
    expect([Object.keys(currentWhole().subgraphs), flatPrompt(currentWhole())]).toEqual([["sub", "outer"], flatPrompt(before)]);
    expect(undo()).toBe("subgraphs.step.unpack");
    expect(undo()).toBe("subgraphs.step.make");
    expect(currentWhole()).toBe(before);
  });
  it("sockets on the page that is shown", () => {
    enter("6");
    enter("5");
    promoteWidget(currentPath(), "2", "steps", 2);
    renamePortHere("input", 1, "How often");
    movePortHere("input", 1, 0);
    expect([ports(), currentWhole().nodes["6"]?.values["steps"]]).toEqual([["How often", "model"], 7]);
    removePortHere("input", 0);
    expect(ports()).toEqual(["model"]);
    for (let i = 0; i < 4; i += 1) undo();
    expect([ports(), currentPath(), undo()]).toEqual([["model"], ["6", "5"], null]);
  });
  it("outputs of inner nodes", () => {
    enter("6");
    enter("5");
    showOutput("2", 0, true);
    expect([wiresOf(currentDoc()), currentWhole().subgraphs["outer"]?.nodes["5"]?.outputs.map((output) => output.name)]).toEqual([["-10.0 > 2.model", "2.0 > -20.LATENT", "2.0 > -20.LATENT_1"], ["LATENT", "LATENT_1"]]);
    showOutput("2", 0, false);
    showOutput("2", 0, false);
    expect(wiresOf(currentDoc())).toEqual(["-10.0 > 2.model"]);
    for (let i = 0; i < 3; i += 1) undo();
    expect(undo()).toBeNull();
  });
  it("widgets and pictures", () => {
    promoteWidget(["6", "5"], "2", "cfg", 2);
    unpromoteWidget(["6"], "cfg");
    expect(currentWhole().nodes["6"]?.values).toEqual({});
    enter("6");
    select({ nodes: ["5"] });
    togglePreviewOutside();
    expect(previewsOf(currentWhole().nodes["6"])).toEqual(["5"]);
    togglePreviewOutside();
    expect(previewsOf(currentWhole().nodes["6"])).toEqual([]);
  });
  it("definitions", () => {
    renameNode("6", "Second pass");
    expect([currentWhole().subgraphs["outer"]?.name, currentDoc().nodes["6"]?.title]).toEqual(["Second pass", null]);
    makeIndependent("6");
    deleteUnused();
    expect(Object.values(currentWhole().subgraphs).map((subgraph) => subgraph.name)).toEqual(["Sub", "Second pass 2"]);
    renameNode("1", "Mine");
    expect(currentDoc().nodes["1"]?.title).toBe("Mine");
  });
});
