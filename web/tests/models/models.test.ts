import { describe, expect, it } from "vitest";

import type { NodeDef, NodeDefs } from "@/formats/definitions";
import { embeddingName, joined, loaderFor } from "@/models/loaders";
import { rowsOf, withoutTwins, type Entry } from "@/models/tree";

const def = (type: string, input: string, choices: readonly string[]): NodeDef => ({
  ...{ type, title: type, category: "", description: "", module: "nodes", outputs: [], isOutput: false, deprecated: false, experimental: false, aliases: [] },
  inputs: [{ name: input, type: "COMBO", choices, options: {}, required: true }],
});
const DEFS: NodeDefs = { Odd: def("Odd", "file", ["a.pt", "x\\y.pt"]), LoraLoader: def("LoraLoader", "lora_name", ["winter.safetensors"]) };
const entry = (folder: string, name: string): Entry => ({ folder, name, pathIndex: 0, modified: 0, size: 1 });

describe("the node for a model", () => {
  it("is the field's loader of its folder with the file chosen", () => {
    expect(loaderFor(DEFS, "loras", "winter.safetensors")).toEqual({ type: "LoraLoader", input: "lora_name", value: "winter.safetensors" });
  });

  it("is the first that offers the file where the folder has no loader, by the name that the node uses", () => {
    expect(loaderFor(DEFS, "strange", "x/y.pt")).toEqual({ type: "Odd", input: "file", value: "x\\y.pt" });
    expect(loaderFor(DEFS, "strange", "nowhere.pt")).toBeNull();
  });

  it("is found for a file that the list does not have yet", () => {
    expect(loaderFor(DEFS, "loras", "new.safetensors")?.value).toBe("new.safetensors");
  });

  it("is none for an embedding, which is a word of the prompt", () => {
    expect(embeddingName("styles\\harbour.safetensors")).toBe("embedding:styles/harbour");
  });
});

describe("words into a prompt", () => {
  it("come as one more phrase", () => {
    expect(joined("", "snow")).toBe("snow");
    expect(joined("a barn ", "snow")).toBe("a barn, snow");
    expect(joined("a barn,", "snow")).toBe("a barn, snow");
  });

  it("do not come twice", () => {
    expect(joined("a barn, Snow", "snow")).toBe("a barn, Snow");
  });
});

describe("the tree of models", () => {
  const entries = [entry("loras", "b/two.safetensors"), entry("loras", "one.safetensors"), entry("vae", "v.pt")];

  it("shows the files of unfolded folders, folders first", () => {
    expect(rowsOf(entries, new Set(), "").map((row) => row.key)).toEqual(["loras", "vae"]);
    expect(rowsOf(entries, new Set(["loras", "loras/b"]), "").map((row) => row.key)).toEqual(["loras", "loras/b", "loras#0/b/two.safetensors", "loras#0/one.safetensors", "vae"]);
  });

  it("unfolds what a search finds, with the number of files", () => {
    const rows = rowsOf(entries, new Set(), "lora two");
    expect(rows.map((row) => row.key)).toEqual(["loras", "loras/b", "loras#0/b/two.safetensors"]);
    expect(rows[0]).toMatchObject({ count: 1 });
  });

  it("names a directory that serves two folders once", () => {
    const folders = [{ name: "unet", folders: ["/m"] }, { name: "diffusion_models", folders: ["/m"] }, { name: "clip", folders: ["/c"] }, { name: "text_encoders", folders: ["/t", "/c"] }];
    expect(withoutTwins(folders).map(({ name }) => name)).toEqual(["diffusion_models", "clip", "text_encoders"]);
  });
});
