// @vitest-environment happy-dom
/** What is dropped on the canvas as a picture, and is none. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { currentWhole, replaceDocument } from "@/model/document";
import { EMPTY_DOC } from "@/model/types";
import { sessionStore } from "@/session/store";
import { openDropped } from "@/tabs/files";

import { defs } from "../definitions";

const said = vi.hoisted(() => vi.fn());
vi.mock("sonner", () => ({ toast: { error: said } }));

const asked = vi.fn(() => Promise.resolve(new Response("{}", { status: 500 })));
const picture = (type: string): File => new File([new Uint8Array(200)], "boat.png", { type });
const drop = (type: string): Promise<void> => openDropped([picture(type)], { x: 0, y: 0 });

beforeEach(() => {
  sessionStore.setState({ defs });
  replaceDocument(EMPTY_DOC);
  said.mockClear();
  asked.mockClear();
  vi.stubGlobal("fetch", asked);
  vi.stubGlobal("createImageBitmap", () => Promise.reject(new DOMException("The source image could not be decoded.")));
});
afterEach(() => vi.unstubAllGlobals());

it("says which file cannot be read as a picture, and makes no node of it", async () => {
  await drop("image/png");
  expect(said).toHaveBeenCalledWith("boat.png could not be opened", { description: expect.stringContaining("cannot be read as a picture") as string });
  expect(asked).not.toHaveBeenCalled();
  expect(currentWhole().nodes).toEqual({});
});

it("leaves to the server what browsers do not show", async () => {
  await drop("image/tiff");
  expect(asked).toHaveBeenCalledOnce();
});

it("leaves everything to the server where the browser cannot tell", async () => {
  vi.stubGlobal("createImageBitmap", undefined);
  await drop("image/png");
  expect(asked).toHaveBeenCalledOnce();
});
