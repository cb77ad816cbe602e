/** Comes next. */
export function GalleryRoom() {
  return null;
}
