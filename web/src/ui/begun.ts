/** Work that begins once a part of the room is there, and comes in a chunk of its own. */

/** For `useEffect`: begins when the chunk has come, ends with the component. */
export function begun(begin: () => Promise<() => void>): () => void {
  const held: { stop: (() => void) | null; isOver: boolean } = { stop: null, isOver: false };
  void begin().then((stop) => {
    if (held.isOver) stop();
    else held.stop = stop;
  });
  return () => {
    held.isOver = true;
    held.stop?.();
  };
}
