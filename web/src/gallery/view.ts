/** Whether the gallery stands in the canvas's place. */
import { create } from "zustand";

export interface GalleryView {
  readonly isOpen: boolean;
}

export const galleryView = create<GalleryView>()(() => ({ isOpen: false }));

export const closeGallery = (): void => galleryView.setState({ isOpen: false });
export const toggleGallery = (): void => galleryView.setState(({ isOpen }) => ({ isOpen: !isOpen }));
