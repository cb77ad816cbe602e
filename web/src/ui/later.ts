/** Parts of the room that come in chunks of their own, so that the canvas itself is there at once. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

type Named<Name extends string> = Readonly<Record<Name, ComponentType>>;

/** The component that a module exports under `name`. */
export function later<Name extends string>(load: () => Promise<Named<Name>>, name: Name): LazyExoticComponent<ComponentType> {
  return lazy(async () => ({ default: (await load())[name] }));
}
