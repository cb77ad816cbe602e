/** The editor's state as after opening a picture, without a browser. */
import { newLayer } from "@/mask/edit";
import { newPlane, type Plane } from "@/mask/plane";
import { activeLayer, FIRST_SETTINGS, maskStore, reset } from "@/mask/state";

/** Left half red, right half blue. */
export function openedPicture(width = 40, height = 20, mask: Plane = newPlane(width, height)): void {
  reset();
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let index = 0; index < width * height; index++) pixels.set(index % width < width / 2 ? [200, 0, 0, 255] : [0, 0, 200, 255], 4 * index);
  const layer = newLayer([], mask);
  const picture = { file: { filename: "a.png", subfolder: "", type: "input" }, width, height, scales: [], pixels: () => pixels };
  maskStore.setState({ ...FIRST_SETTINGS, hardness: 1, picture, layers: [layer], active: layer.id, scratch: newPlane(width, height), stage: { width, height }, view: { zoom: 1, x: 0, y: 0 } });
}

export function activePlane(): Plane {
  const layer = activeLayer(maskStore.getState());
  if (layer === undefined) throw new Error("no layer");
  return layer.plane;
}
