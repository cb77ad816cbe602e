/** Commands on the whole active layer, and the steps of settings by keys. */
import { t, type MessageKey } from "@/i18n";

import { adjustPick } from "./draw";
import { grow, shrink } from "./distance";
import { replaceBytes } from "./edit";
import { feather } from "./feather";
import { fillHoles } from "./holes";
import { dropOutline } from "./outline";
import { inverted, newPlane, type Plane } from "./plane";
import { maskStore, say, type Tool } from "./state";

const get = maskStore.getState;

/** Pixels from which on one would notice the work: it is announced first. */
const LARGE = 3_000_000;
export const LARGEST_SIZE = 1000;
export const FARTHEST = 200;
export const TOLERANCE = 255;

/** Does the work after the screen has shown what it is. */
function heavy(label: MessageKey, make: (plane: Plane) => Plane): void {
  const { picture, busy } = get();
  if (picture === null || busy !== null) return;
  if (picture.width * picture.height < LARGE) return replaceBytes(label, make);
  maskStore.setState({ busy: label });
  requestAnimationFrame(() =>
    setTimeout(() => {
      if (get().picture === picture) replaceBytes(label, make);
      maskStore.setState({ busy: null });
    }),
  );
}

export const invert = (): void => heavy("mask.step.invert", inverted);
export const clearLayer = (): void => heavy("mask.step.clear", (plane) => newPlane(plane.width, plane.height));
export const growLayer = (): void => heavy("mask.step.grow", (plane) => grow(plane, get().reach));
export const shrinkLayer = (): void => heavy("mask.step.shrink", (plane) => shrink(plane, get().reach));
export const featherLayer = (): void => heavy("mask.step.feather", (plane) => feather(plane, get().softness));
export const closeHoles = (): void => heavy("mask.step.holes", fillHoles);

export function chooseTool(tool: Tool): void {
  dropOutline();
  maskStore.setState({ tool, note: null });
  say(t(`mask.tool.${tool}`));
}

export function setErases(erases: boolean): void {
  maskStore.setState({ erases });
  say(t(erases ? "mask.mode.erase" : "mask.mode.paint"));
}

export function chooseEraser(): void {
  chooseTool("brush");
  setErases(true);
}

export function chooseBrush(): void {
  chooseTool("brush");
  setErases(false);
}

const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Fills have no size: for them the same keys turn the tolerance. */
export function turnSize(direction: 1 | -1): void {
  const { tool, size, tolerance } = get();
  if (tool === "fill" || tool === "color") {
    const next = within(tolerance + direction * 4, 0, TOLERANCE);
    adjustPick({ tolerance: next });
    return say(t("mask.said.tolerance", { value: next }));
  }
  const next = within(Math.round(size + direction * Math.max(1, size * 0.12)), 1, LARGEST_SIZE);
  maskStore.setState({ size: next });
  say(t("mask.said.size", { value: next }));
}

function turnPart(field: "hardness" | "opacity" | "display", by: number, label: "mask.said.hardness" | "mask.said.opacity" | "mask.said.display"): void {
  const next = within(Math.round((get()[field] + by) * 100) / 100, field === "hardness" ? 0 : 0.05, 1);
  maskStore.setState({ [field]: next });
  say(t(label, { percent: Math.round(next * 100) }));
}

export const turnHardness = (direction: 1 | -1): void => turnPart("hardness", 0.1 * direction, "mask.said.hardness");
export const turnOpacity = (direction: 1 | -1): void => turnPart("opacity", 0.1 * direction, "mask.said.opacity");
export const turnDisplay = (direction: 1 | -1): void => turnPart("display", 0.1 * direction, "mask.said.display");

export function turnTip(): void {
  const shape = get().shape === "round" ? "square" : "round";
  maskStore.setState({ shape });
  say(t(`mask.shape.${shape}`));
}
